/**
 * A job type from outside the platform: one file, one type. Start with it:
 *
 *     JOB_TYPES=./examples/my-types npm start
 */
import { defineJobType, z } from 'jobwright';

const words = { en: 'Hello', de: 'Hallo', fr: 'Bonjour' };

export default defineJobType({
  type: 'greeting',
  title: 'Greeting',
  description: 'Greets someone in one of three languages.',
  payload: z.strictObject({
    name: z.string().trim().min(1).max(100).describe('Whom to greet.'),
    language: z.enum(['en', 'de', 'fr']).default('en'),
  }),
  result: z.strictObject({ text: z.string() }),
  errors: {
    stranger: {
      title: 'We do not know them',
      when: 'The name is on the list of those whom we do not greet.',
    },
  },
  examples: [
    { summary: 'In English', payload: { name: 'Ada' }, result: { text: 'Hello, Ada!' } },
    { summary: 'In German', payload: { name: 'Emmy', language: 'de' }, result: { text: 'Hallo, Emmy!' } },
  ],
  policy: { attempts: 2, timeoutMs: 5_000 },
  run({ name, language }, { log, fail }) {
    if (name === 'Mallory') return fail('stranger', `${name} is not greeted here.`);
    log(`greeting ${name}`);
    return { text: `${words[language]}, ${name}!` };
  },
});
