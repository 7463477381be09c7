/**
 * Where the lines of the log go: they leave together, many or soon, since writing each by itself costs a request more than
 * its JSON. They are only put behind each other until then: pino's own destination looks at the length of all that waits
 * for every line. What still waits when the process ends is written then.
 */
import { writeSync } from 'node:fs';
import { type DestinationStream, pino } from 'pino';

/** Characters that leave together, and the time that a line waits for others, in milliseconds. */
const charactersMax = 65_536;
const waitMsMax = 50;

const stdout = 1;

export interface GatheredLines extends DestinationStream {
  /** @param done Called when all lines have left. */
  flush(done?: (error?: Error) => void): void;
  flushSync(): void;
}

let ofProcess: GatheredLines | undefined;

/** One for all logs of a process: it has one output, and one end. */
export function gatheredLines(): GatheredLines {
  ofProcess ??= gather();
  return ofProcess;
}

function gather(): GatheredLines {
  const out = pino.destination({ dest: stdout, sync: false });
  let waiting = '';
  let timer: NodeJS.Timeout | undefined;
  // Before the process, where nothing else keeps that.
  let hasEnded = false;
  out.once('close', () => {
    hasEnded = true;
  });

  const send = () => {
    clearTimeout(timer);
    timer = undefined;
    const lines = waiting;
    waiting = '';
    if (hasEnded) writeSync(stdout, lines);
    else if (lines !== '') out.write(lines);
  };
  const flushSync = () => {
    send();
    if (!hasEnded) out.flushSync();
  };
  process.once('exit', flushSync);

  return {
    write(line) {
      waiting += line;
      if (waiting.length >= charactersMax) send();
      else timer ??= setTimeout(send, waitMsMax).unref();
    },
    flush(done) {
      send();
      out.flush(done);
    },
    flushSync,
  };
}
