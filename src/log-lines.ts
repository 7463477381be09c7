/**
 * Lines of a log on their way to a file descriptor: they leave together, soon, since to write each by itself costs more than to make
 * it. What is left when the process exits is written then.
 */
import { writeSync } from 'node:fs';
import { type DestinationStream, pino } from 'pino';

/** Characters of one write, about. */
const textLengthMax = 16_384;
/** How long a line waits for others, in milliseconds. */
const waitMsMax = 50;

/** Of all that are open: what they still have at exit. */
const writeRest = new Set<() => void>();
process.once('exit', () => {
  for (const write of writeRest) write();
});

export function gatheredLines(fd: number): DestinationStream & { flushSync(): void } {
  const out = pino.destination({ dest: fd, sync: false });
  let text = '';
  let timer: NodeJS.Timeout | undefined;

  function send(): void {
    clearTimeout(timer);
    timer = undefined;
    if (text !== '') out.write(text);
    text = '';
  }

  function flushSync(): void {
    try {
      send();
      out.flushSync();
    } catch {
      // It has ended, as nothing else kept the process.
      writeSync(fd, text);
      text = '';
    }
  }

  writeRest.add(flushSync);
  return {
    write(line) {
      text += line;
      if (text.length >= textLengthMax) send();
      else timer ??= setTimeout(send, waitMsMax).unref();
    },
    flushSync,
  };
}
