/** Calls a URL and tells what it was answered. */
import { defineJobType, z } from 'jobwright';

export default defineJobType({
  type: 'calling',
  title: 'Calling',
  description: 'Calls a URL.',
  payload: z.strictObject({ url: z.string() }),
  result: z.strictObject({ status: z.int() }),
  examples: [{ summary: 'Call', payload: { url: 'https://example.com/' } }],
  policy: { attempts: 1 },
  async run({ url }, { fetch }) {
    const { status, body } = await fetch(url);
    body.destroy();
    return { status };
  },
});
