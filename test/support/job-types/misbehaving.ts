/** Does one of the things that a processor should not do. */
import { defineJobType, z } from 'jobwright';

export default defineJobType({
  type: 'misbehaving',
  title: 'Misbehaving',
  description: 'Breaks a rule.',
  payload: z.strictObject({
    deed: z.enum([
      'none',
      'wrong result',
      'NaN',
      'huge result',
      'declared',
      'ignore the signal',
      'obey the signal',
      'throw undefined',
    ]),
  }),
  result: z.strictObject({ value: z.number(), text: z.string().optional() }),
  errors: { as_declared: { title: 'As declared', when: 'When it is asked for.' } },
  examples: [{ summary: 'Nothing wrong', payload: { deed: 'none' }, result: { value: 1 } }],
  policy: { attempts: 2, backoff: { initialMs: 1, jitter: 0 }, timeoutMs: 200 },
  async run({ deed }, { fail, signal, progress, log }) {
    log(`about to: ${deed}`);
    progress(50, 'half way');
    progress(20);
    switch (deed) {
      case 'none':
        return { value: 1 };
      case 'wrong result':
        return JSON.parse('{"value":"one"}');
      case 'NaN':
        return { value: Number.NaN };
      case 'huge result':
        return { value: 1, text: 'x'.repeat(10_000_000) };
      case 'declared':
        return fail('as_declared', 'As it was asked for.');
      case 'ignore the signal':
        return new Promise(() => {});
      case 'obey the signal':
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      case 'throw undefined':
        throw undefined;
    }
  },
});
