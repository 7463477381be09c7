/** A type as it was deployed first; `../v2` has the next version of it. */
import { defineJobType, z } from 'jobwright';

export default defineJobType({
  type: 'greeting_card',
  title: 'Greeting card',
  description: 'Writes a card.',
  payload: z.strictObject({ to: z.string() }),
  result: z.strictObject({ text: z.string(), version: z.literal(1) }),
  examples: [{ summary: 'A card', payload: { to: 'Ada' } }],
  run: ({ to }) => ({ text: `Dear ${to}, all the best!`, version: 1 as const }),
});
