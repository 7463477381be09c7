/**
 * The two shapes in which jobs of a type cross the wire, made from its contract: the request for one, and the
 * job itself. Told apart by `type`, so a generated client knows the payload and the result of each.
 */
import { z } from 'zod';
import { jobOptionsSchema, jobSchema } from '../models/job.js';
import type { JobType } from '../models/job-type.js';
import type { Registry } from '../workers/registry.js';

/** What a request for a job of this type looks like. */
export const jobRequestSchema = ({ type, payload }: JobType) =>
  z.strictObject({ type: z.literal(type), payload, options: jobOptionsSchema.optional() });

export type JobRequestSchema = ReturnType<typeof jobRequestSchema>;

/** Types that clients may ask for. */
export const posted = (registry: Registry): JobType[] =>
  definitionsOf(registry).filter(({ internal }) => !internal);

const definitionsOf = (registry: Registry) => [...registry.values()].map(({ definition }) => definition);

/** A request for a job of any type. */
export const jobRequestUnion = (registry: Registry) =>
  unionOf(posted(registry), 'Request', (definition) => jobRequestSchema(definition));

/** A job of any type. */
export const jobUnion = (registry: Registry) =>
  unionOf(definitionsOf(registry), 'Job', ({ type, payload, result }) =>
    jobSchema.extend({ type: z.literal(type), payload, result: result.optional() }),
  );

function unionOf(
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
