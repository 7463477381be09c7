/** The contract of a job type, as clients read it. */
import { z } from 'zod';
import { effectivePolicySchema } from './policy.js';

export const typeContractSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    description: z.string(),
    internal: z
      .boolean()
      .describe('True for work of the platform itself: its jobs can be read and not posted.'),
    version: z.int().min(1).describe('Raised when payloads of before no longer mean the same.'),
    paused: z
      .boolean()
      .optional()
      .describe('Workers start none of its jobs; see `pauseType`. Absent while the queue does not answer.'),
    policy: effectivePolicySchema,
    payloadSchema: z.record(z.string(), z.unknown()).describe('JSON Schema (2020-12) of the payload.'),
    resultSchema: z.record(z.string(), z.unknown()).describe('JSON Schema (2020-12) of the result.'),
    examples: z.array(
      z.object({ summary: z.string(), payload: z.unknown(), result: z.unknown().optional() }),
    ),
    errors: z
      .record(z.string(), z.object({ title: z.string(), when: z.string() }))
      .describe('Its permanent failures.'),
    links: z.object({ self: z.string() }),
  })
  .meta({ id: 'JobType', description: 'The contract of a job type.' });

export const typeListSchema = z.object({ types: z.array(typeContractSchema) }).meta({ id: 'JobTypeList' });

export const typeStateSchema = z
  .object({ type: z.string(), paused: z.boolean().describe('Workers start none of its jobs.') })
  .meta({ id: 'TypeState', description: 'Whether a job type is paused.' });

export type TypeContract = z.output<typeof typeContractSchema>;
export type TypeList = z.output<typeof typeListSchema>;
export type TypeState = z.output<typeof typeStateSchema>;
