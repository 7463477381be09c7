/**
 * The two shapes in which jobs of a type cross the wire, made from its contract: the request for one, and the
 * job itself. Told apart by `type`, so a generated client knows the payload and the result of each.
 */
import { z } from 'zod';
import { jobOptionsSchema, jobSchema } from '../models/job.js';
import type { JobType } from '../models/job-type.js';
import type { Registry } from '../workers/registry.js';
import { keyLength } from './submission/keyed-request.js';

/** Children of one job; a tree as a whole has a limit of its own. */
const childrenMax = 1_000;

/** What every request for a job may have beside its type and payload. Children are checked one by one. */
export const jobRequestEnvelope = {
  options: jobOptionsSchema.optional(),
  children: z.array(z.unknown()).max(childrenMax).optional(),
};

/** What a request for a job of this type looks like. */
export const jobRequestSchema = ({ type, payload }: JobType) =>
  z.strictObject({ type: z.literal(type), payload, ...jobRequestEnvelope });

export type JobRequest = z.output<ReturnType<typeof jobRequestSchema>>;

/** A request for a job of any type, as it is documented: its children are such requests, too. */
export function jobRequestUnion(registry: Registry): z.ZodType {
  const union: z.ZodType = unionOf(posted(registry), 'Request', (definition) =>
    jobRequestSchema(definition).extend({
      children: z
        .array(z.lazy(() => union))
        .max(childrenMax)
        .optional()
        .describe('Jobs that run before it, of any types; it sees their results.'),
    }),
  ).meta({ id: 'JobRequest', description: 'A request for a job.' });
  return union;
}

/** An item of a batch: a request for a job, and the key under which it can be sent again. */
export function batchItemUnion(registry: Registry): z.ZodType {
  const child = jobRequestUnion(registry);
  return unionOf(posted(registry), 'BatchItem', (definition) =>
    jobRequestSchema(definition).extend({
      children: z.array(child).max(childrenMax).optional(),
      idempotencyKey: z
        .string()
        .min(keyLength.min)
        .max(keyLength.max)
        .optional()
        .describe('What the header `Idempotency-Key` is to a single job.'),
    }),
  ).meta({ id: 'BatchItem', description: 'A request for one job of a batch.' });
}

/** A job of any type. */
export const jobUnion = (registry: Registry) => unionOf(definitionsOf(registry), 'Job', jobOfType);

const jobOfType = ({ type, version, payload, result }: JobType) =>
  jobSchema.extend({
    type: z.literal(type),
    // One that an older version accepted is shown as it was.
    payload: version === 1 ? payload : z.union([payload, z.record(z.string(), z.unknown())]),
    result: (version === 1 ? result : z.union([result, z.record(z.string(), z.unknown())])).optional(),
  });

const definitionsOf = (registry: Registry) => [...registry.values()].map(({ definition }) => definition);

/** Types that clients may ask for. */
export const posted = (registry: Registry): JobType[] =>
  definitionsOf(registry).filter(({ internal }) => !internal);

/** One of the schemas that the types give, each a component of the document. */
export function unionOf(
  definitions: readonly JobType[],
  suffix: string,
  schemaOf: (definition: JobType) => z.ZodObject,
) {
  const [first, ...rest] = definitions.map((definition) =>
    schemaOf(definition).meta({ id: `${pascalCase(definition.type)}${suffix}`, title: definition.title }),
  );
  if (first === undefined) throw new Error('there is no job type');
  return z.discriminatedUnion('type', [first, ...rest]);
}

const pascalCase = (type: string) =>
  type.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
