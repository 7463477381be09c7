/** The next version of `../v1`: `to` is called `recipient` now, and there is a new field. Runs in a thread. */
import { defineJobType, z } from 'jobwright';

const payloadOfVersion1 = z.strictObject({ to: z.string() });

export default defineJobType({
  type: 'greeting_card',
  title: 'Greeting card',
  description: 'Writes a card.',
  version: 2,
  upgrade(payload) {
    const { to } = payloadOfVersion1.parse(payload);
    return { recipient: to, wish: 'all the best' };
  },
  payload: z.strictObject({ recipient: z.string(), wish: z.string() }),
  result: z.strictObject({ text: z.string(), version: z.literal(2) }),
  examples: [{ summary: 'A card', payload: { recipient: 'Ada', wish: 'all the best' } }],
  runIn: 'thread',
  run: ({ recipient, wish }) => ({ text: `Dear ${recipient}, ${wish}!`, version: 2 as const }),
});
