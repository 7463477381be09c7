/**
 * From what a client sends to the jobs that are to be stored: the request and its children are checked, each against
 * the contract of its type, and all mistakes are told at once; then the ids are made. Nothing is stored here.
 */
import { z } from 'zod';
import type { FieldError } from '../../models/failure.js';
import type { JobType } from '../../models/job-type.js';
import { type Policy, timeoutMistake } from '../../models/policy.js';
import { typeId, uuidV7 } from '../../models/type-id.js';
import type { NewJob } from '../../queue/job-queue.js';
import { childId } from '../../queue/submission/child-ids.js';
import type { SharedWork } from '../../queue/submission/reuse.js';
import { requireType } from '../access/principal.js';
import { invalid, tryParse } from '../explain.js';
import { type JobRequest, jobRequestEnvelope, jobRequestSchema } from '../job-schemas.js';
import type { Services } from '../operation.js';
import { contentDigest } from './content-digest.js';
import { requireCallbacks } from './require-callbacks.js';
import type { Sender } from './sender.js';

export interface PlannedJob {
  definition: JobType;
  /** The payload as the type reads it, defaults filled in. */
  parsedPayload: unknown;
  job: NewJob;
  /** Where an identical job may do as well. */
  work?: SharedWork;
}

export type PlanJob = (body: unknown, sender: Sender) => Promise<PlannedJob>;

/** @returns A function that throws Failure `validation_failed` with all mistakes, `forbidden` or `callbacks_not_configured`. */
export function jobPlanner(services: Services): PlanJob {
  const { config, registry, files, now, random } = services;
  const definitions = [...registry.values()]
    .map(({ definition }) => definition)
    .filter(({ internal }) => !internal);
  const schemas = new Map(
    definitions.map((definition) => [definition.type, { definition, schema: jobRequestSchema(definition) }]),
  );
  const types = definitions.map(({ type }) => type);

  return async (body, sender) => {
    const limits = { nodes: 0 };
    const mistakes: FieldError[] = [];
    const checked = check(body, '', 1, limits, mistakes);
    if (mistakes.length > 0 || checked === undefined) throw invalid(mistakes);
    const { definition, request } = checked;
    const job = jobOf(checked, typeId(definition.type, uuidV7(now(), random(10))), sender);
    const work = await sharedWorkOf(checked, sender);
    return { definition, parsedPayload: request.payload, job, ...(work === undefined ? {} : { work }) };
  };

  function check(
    body: unknown,
    prefix: string,
    depth: number,
    limits: { nodes: number },
    mistakes: FieldError[],
  ): Checked | undefined {
    limits.nodes += 1;
    const type = memberOf(body, 'type');
    const known = typeof type === 'string' ? schemas.get(type) : undefined;
    if (known === undefined) {
      mistakes.push(...mistakesBesideType(body, types, prefix));
      return undefined;
    }
    const parsed = tryParse(known.schema, body, prefix);
    if ('mistakes' in parsed) mistakes.push(...parsed.mistakes);
    const given = memberOf(body, 'children');
    const children = Array.isArray(given) ? given : [];
    if (depth > config.treeDepthMax) {
      mistakes.push(wrong(prefix, 'too_big', `a tree may have ${config.treeDepthMax} levels`));
      return undefined;
    }
    const checkedChildren = children.map((child, index) =>
      limits.nodes > config.treeJobsMax
        ? undefined
        : check(child, `${prefix}/children/${index}`, depth + 1, limits, mistakes),
    );
    if (limits.nodes > config.treeJobsMax && depth === 1)
      mistakes.push(wrong('/children', 'too_big', `a tree may have ${config.treeJobsMax} jobs`));
    if ('mistakes' in parsed) return undefined;
    const request = parsed.value;
    mistakes.push(...mistakesTogether(request, prefix, known.definition.policy));
    return {
      definition: known.definition,
      request,
      payload: memberOf(body, 'payload'),
      children: checkedChildren.filter((child) => child !== undefined),
    };
  }

  /** What each member alone cannot be wrong about. */
  function mistakesTogether(request: JobRequest, prefix: string, policy: Policy): FieldError[] {
    const { options = {}, children } = request;
    const mistakes: FieldError[] = [];
    const at = (name: string) => `${prefix}/options/${name}`;
    if (prefix === '' && options.onFailure !== undefined)
      mistakes.push(wrong(at('onFailure'), 'not_allowed', 'belongs to a child: this job has no parent'));
    for (const name of ['delayMs', 'runAt'] as const)
      if (children !== undefined && children.length > 0 && options[name] !== undefined)
        mistakes.push(
          wrong(
            at(name),
            'not_allowed',
            'a job with children starts when they have finished; delay them instead',
          ),
        );
    if (options.expiresAt !== undefined && Date.parse(options.expiresAt) <= now())
      mistakes.push(wrong(at('expiresAt'), 'too_small', 'expected a time that is still to come'));
    const tooLong = timeoutMistake(policy, options.timeoutMs);
    if (tooLong !== undefined) mistakes.push({ ...tooLong, pointer: `${prefix}${tooLong.pointer}` });
    return mistakes;
  }

  function jobOf({ definition, request, payload, children }: Checked, id: string, sender: Sender): NewJob {
    const { type, version, policy } = definition;
    const { tenant } = sender.principal;
    requireType(sender.principal, type);
    requireCallbacks(request.options?.callbackUrl, config);
    return {
      id,
      type,
      version,
      // As it came: the worker parses it with the type that it has.
      payload,
      options: { ...(tenant === undefined ? {} : { fairnessKey: tenant }), ...request.options },
      policy,
      ...(tenant === undefined ? {} : { tenant }),
      ...(config.queueQuota === 0 ? {} : { tenantJobsMax: config.queueQuota }),
      requestId: sender.requestId,
      children: children.map((child, index) =>
        jobOf(child, childId(child.definition.type, id, index), sender),
      ),
    };
  }

  /** A job in a tree, one that is to be done anew, and one of a type that does not opt in is always its own. */
  async function sharedWorkOf(checked: Checked, sender: Sender): Promise<SharedWork | undefined> {
    const { definition, request, payload, children } = checked;
    const { join, cacheMs } = definition.policy;
    const declined = sender.noCache || request.options?.cache === false;
    if (declined || children.length > 0 || (!join && cacheMs === 0)) return undefined;
    // One that is to start later, or to be told about, is not done by one that is under way.
    const { delayMs, runAt, callbackUrl } = request.options ?? {};
    if (delayMs !== undefined || runAt !== undefined || callbackUrl !== undefined) return undefined;
    const digest = await contentDigest(definition, payload, sender, files);
    return { digest, join, cacheMs };
  }
}

interface Checked {
  definition: JobType;
  request: JobRequest;
  /** Before it was parsed. */
  payload: unknown;
  children: readonly Checked[];
}

/** Without a known type the payload cannot be checked; the rest can. */
export function mistakesBesideType(
  body: unknown,
  types: string[],
  prefix: string,
  rest: z.ZodRawShape = jobRequestEnvelope,
): FieldError[] {
  const envelope = z.strictObject({
    ...rest,
    type: z.enum(types),
    payload: z.record(z.string(), z.unknown()),
  });
  const parsed = tryParse(envelope, body, prefix);
  const mistakes = 'mistakes' in parsed ? parsed.mistakes : [];
  return mistakes.map((mistake) =>
    mistake.pointer === `${prefix}/type` && mistake.code !== 'missing'
      ? { ...mistake, code: 'unknown_type' }
      : mistake,
  );
}

const wrong = (pointer: string, code: string, message: string): FieldError => ({ pointer, code, message });

const memberOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Reflect.get(value, key) : undefined;
