/** Server-Sent Events as they lie on the wire, out of the body of an answer (the HTML standard, 9.2.6). */
export interface EventMessage {
  /** Of its own block; undefined where that has none. */
  lastEventId: string | undefined;
  event: string;
  /** Empty where the block has none: a position, or a time to wait. */
  data: string;
  retryMs: number | undefined;
}

/**
 * The blocks of a stream, those without data as well; comments aside. Ends where the stream ends, in the middle of a
 * block or not.
 *
 * @param onBytes Called for all that arrives, comments too.
 * @throws what reading rejects with, where the connection breaks
 */
export async function* messagesIn(
  { body }: Response,
  onBytes: () => void,
): AsyncGenerator<EventMessage, void, undefined> {
  if (body === null) return;
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes();
      // A line may end in CR LF; one that is cut between them waits for the rest.
      text = (text + decoder.decode(value, { stream: true })).replace(/\r\n|\r(?!$)/g, '\n');
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) yield messageFrom(block);
    }
  } finally {
    // Whoever leaves early closes the connection, too.
    await reader.cancel().catch(() => {});
  }
}

function messageFrom(block: string): EventMessage {
  const message: EventMessage = { lastEventId: undefined, event: 'message', data: '', retryMs: undefined };
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === 'id') message.lastEventId = value;
    else if (field === 'event') message.event = value;
    else if (field === 'data') data.push(value);
    else if (field === 'retry' && /^\d+$/.test(value)) message.retryMs = Number(value);
  }
  message.data = data.join('\n');
  return message;
}
