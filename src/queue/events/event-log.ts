/**
 * Where a server says what happens to jobs. `emit` returns at once and never throws: what is said in one turn of the
 * event loop goes to Redis as one script, one call at a time, in order. Nothing waits for it and nothing depends on
 * it: whoever waits for a job also looks.
 *
 * Progress can come a thousand times a second, and only the latest counts: of one job it is told ten times a second
 * at the most, and what is held back is told before the status that follows it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { JobEvent, JobEventFacts } from '../../models/job-event.js';
import type { Connection } from '../connection.js';
import type { OwnKeys } from '../keys.js';
import { Script } from '../script.js';
import { emitLua, eventOf, eventText } from './emit.js';

export interface EventLogOptions {
  connection: Connection;
  keys: OwnKeys;
  now: () => number;
  /** Entries that the stream keeps, about; the setting `eventsMax`. */
  length: number;
  onError: (error: Error) => void;
}

/** Between two reports of one job's progress, in milliseconds. */
const progressEveryMs = 100;
/** Events of one call: a script holds everybody else up. */
const eventsPerCall = 500;
/** Events that wait for a Redis that is away; the oldest are given up. */
const waitingMax = 10_000;

const emitAll = new Script(
  'emit_all',
  `${emitLua}
for i = 2, #ARGV, 3 do
  emit(KEYS[1], ARGV[1], ARGV[i], ARGV[i + 1], ARGV[i + 2])
end`,
);

/** Of a job whose progress was told just now: what came since, if anything. */
interface Pace {
  held?: JobEvent;
  timer: NodeJS.Timeout;
}

export class EventLog {
  readonly #options: EventLogOptions;
  readonly #paces = new Map<string, Pace>();
  #waiting: JobEvent[] = [];
  #sending: Promise<void> | undefined;

  constructor(options: EventLogOptions) {
    this.#options = options;
  }

  emit(facts: JobEventFacts): void {
    const event = eventOf(facts, this.#options.now());
    if (event.kind === 'progress') {
      this.#emitProgress(event);
      return;
    }
    // The lines of a log may overtake it, or a processor that logs each step would tell each step's progress.
    if (event.kind !== 'log') this.#release(event.jobId);
    this.#push(event);
  }

  /** Resolves when all that was said is told, or given up. With Redis away that may be never. */
  async flush(): Promise<void> {
    for (const jobId of [...this.#paces.keys()]) this.#release(jobId);
    await this.#sending;
  }

  #emitProgress(event: JobEvent): void {
    const pace = this.#paces.get(event.jobId);
    if (pace !== undefined) pace.held = event;
    else this.#pushProgress(event);
  }

  #pushProgress(event: JobEvent): void {
    const timer = setTimeout(() => this.#passOn(event.jobId), progressEveryMs).unref();
    this.#paces.set(event.jobId, { timer });
    this.#push(event);
  }

  #passOn(jobId: string): void {
    const held = this.#paces.get(jobId)?.held;
    this.#paces.delete(jobId);
    if (held !== undefined) this.#pushProgress(held);
  }

  /** Tells what is held back, and forgets the pace: what comes next is of another attempt. */
  #release(jobId: string): void {
    const pace = this.#paces.get(jobId);
    if (pace === undefined) return;
    clearTimeout(pace.timer);
    this.#paces.delete(jobId);
    if (pace.held !== undefined) this.#push(pace.held);
  }

  #push(event: JobEvent): void {
    this.#waiting.push(event);
    if (this.#waiting.length > waitingMax) {
      this.#waiting.shift();
      this.#options.onError(new Error(`${waitingMax} events wait for Redis; older ones are not told`));
    }
    this.#sending ??= this.#send();
  }

  async #send(): Promise<void> {
    const { connection, keys, length, onError } = this.#options;
    await nextTurn();
    while (this.#waiting.length > 0) {
      const events = this.#waiting.splice(0, eventsPerCall);
      const args = events.flatMap((event) => [keys.eventsOf(event.jobId), event.jobId, eventText(event)]);
      try {
        await emitAll.run(connection, [keys.events], [length, ...args]);
      } catch (error) {
        onError(error instanceof Error ? error : new Error(String(error)));
      }
    }
    this.#sending = undefined;
  }
}
