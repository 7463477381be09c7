/** How a server is, part by part: what the probes answer. */
import { z } from 'zod';

/** What can be wrong with a Redis. `queue/redis-facts.ts` says when each is. */
export const redisFlawCodes = [
  'replica',
  'cluster_node',
  'full',
  'writing_fails',
  'evicts',
  'not_persistent',
  'snapshots_only',
  'never_flushed',
  'too_old',
] as const;

export type RedisFlaw = (typeof redisFlawCodes)[number];

const partStatus = z.enum(['up', 'down']);

export const readinessSchema = z.object({
  status: partStatus,
  redis: z.object({
    status: partStatus,
    latencyMs: z.number().optional(),
    reason: z.string().optional(),
    product: z.enum(['Redis', 'Valkey']).optional(),
    version: z.string().optional(),
    role: z.string().optional(),
    flaws: z
      .array(
        z.object({
          code: z.enum(redisFlawCodes),
          detail: z.string(),
        }),
      )
      .optional()
      .describe('What is wrong with it. Asked every 10 s.'),
    unknown: z.array(z.string()).optional().describe('What it does not tell the user of the connection.'),
  }),
  files: z
    .object({ status: partStatus, reason: z.string().optional() })
    .describe('Whether files can be written. Tried every 10 s.'),
  registry: z
    .object({ status: partStatus, reason: z.string().optional(), types: z.int().min(0) })
    .describe('The job types.'),
});

export const upSchema = z.object({ status: z.literal('up') }).meta({ id: 'Up' });

export const healthSchema = readinessSchema
  .extend({
    workers: z
      .object({
        alive: z.int().min(0).describe('Worker servers.'),
        types: z.record(z.string(), z.int().min(0)).describe('By job type.'),
      })
      .optional()
      .describe('Absent when Redis does not answer.'),
    version: z.string(),
    uptimeSeconds: z.int().min(0),
  })
  .meta({
    id: 'Health',
    description: 'How the service is, part by part. Jobs are accepted also while no worker is alive.',
  });

export type ReadinessReport = z.output<typeof readinessSchema>;
export type Health = z.output<typeof healthSchema>;
