/** Writes a file into the file store. */
import { defineJobType, z } from 'jobwright';

export default defineJobType({
  type: 'file_entry',
  title: 'File entry',
  description: 'Writes a file of so many bytes.',
  payload: z.strictObject({ bytes: z.int().min(1) }),
  result: z.strictObject({ size: z.int() }),
  examples: [{ summary: 'A byte', payload: { bytes: 1 } }],
  policy: { attempts: 100, backoff: { initialMs: 300, maxMs: 300, jitter: 0 } },
  async run({ bytes }, { files }) {
    const { size } = await files.create('entry.bin', Buffer.alloc(bytes));
    return { size };
  },
});
