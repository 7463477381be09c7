/**
 * Where the lines of the log go: they leave together, many or soon, since writing each by itself costs a request more than
 * its JSON. They are only put behind each other until then: pino's own destination looks at the length of all that waits
 * for every line. What still waits when the process ends is written then.
 */
import { type DestinationStream, pino } from 'pino';

/** Characters that leave together, and the time that a line waits for others, in milliseconds. */
const charactersMax = 65_536;
const waitMsMax = 50;

export interface GatheredLines extends DestinationStream {
  flushSync(): void;
}

let ofProcess: GatheredLines | undefined;

/** One for all logs of a process: it has one output, and one end. */
export function gatheredLines(): GatheredLines {
  ofProcess ??= gather();
  return ofProcess;
}

function gather(): GatheredLines {
  // A write that is under way beside the event loop when the process ends would arrive behind what is written then.
  const out = pino.destination({ dest: 1, sync: true });
  let waiting = '';
  let timer: NodeJS.Timeout | undefined;

  const flushSync = () => {
    clearTimeout(timer);
    timer = undefined;
    const lines = waiting;
    waiting = '';
    if (lines !== '') out.write(lines);
  };
  process.once('exit', flushSync);

  return {
    write(line) {
      waiting += line;
      if (waiting.length >= charactersMax) flushSync();
      else timer ??= setTimeout(flushSync, waitMsMax).unref();
    },
    flushSync,
  };
}
