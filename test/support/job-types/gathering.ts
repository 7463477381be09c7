/** Answers with what its children came to. */
import { defineJobType, z } from 'jobwright';

export default defineJobType({
  type: 'gathering',
  title: 'Gathering',
  description: 'Gathers what its children came to.',
  payload: z.strictObject({}),
  result: z.strictObject({
    children: z.array(
      z.strictObject({
        jobId: z.string(),
        type: z.string(),
        status: z.string(),
        result: z.unknown().optional(),
        error: z.strictObject({ code: z.string(), detail: z.string() }).optional(),
      }),
    ),
  }),
  examples: [{ summary: 'Nothing', payload: {}, result: { children: [] } }],
  run: (_payload, { children }) => ({ children: [...children] }),
});
