/** The tree that a job belongs to, as clients read it. */
import { z } from 'zod';
import { childFailurePolicies, jobSchema } from './job.js';

const removedSchema = z
  .object({ id: z.string(), removed: z.literal(true) })
  .meta({ id: 'RemovedJob', description: 'A job that was deleted, or removed after its retention.' });

const nodeSchema = jobSchema.pick({ id: true, type: true, status: true, error: true, links: true }).extend({
  onFailure: z
    .enum(childFailurePolicies)
    .optional()
    .describe('Of a child: what becomes of its parent when it fails.'),
  get children(): z.ZodArray<z.ZodUnion<readonly [typeof nodeSchema, typeof removedSchema]>> {
    return z
      .array(z.union([nodeSchema, removedSchema]))
      .describe('In the order of the request; empty where it has none.');
  },
});

// Not `.meta`, which names a copy: the schema refers to itself.
z.globalRegistry.add(nodeSchema, { id: 'JobTreeNode', description: 'A job in a tree.' });

export const jobTreeSchema = z
  .object({
    root: nodeSchema,
    cut: z
      .literal(true)
      .optional()
      .describe('The tree has more jobs than the server shows: some children are missing.'),
  })
  .meta({ id: 'JobTree', description: 'A tree of jobs.' });

export type JobTree = z.output<typeof jobTreeSchema>;
export type JobTreeNode = z.output<typeof nodeSchema>;
