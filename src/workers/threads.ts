/**
 * Threads for CPU-bound processors. Such work in the event loop would stop the worker's heartbeat, and with
 * it every other job of the process. A thread whose attempt is stopped is ended, whatever it is doing.
 *
 * Each lane has a pool of its own, so that long jobs never take the threads of short ones, and on Linux the threads of
 * the long lane yield the processor to everything else.
 */
import path from 'node:path';
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { Config } from '../config.js';
import type { Outcome } from '../models/outcome.js';
import type { Lane } from '../models/policy.js';
import { inThisTrace, isTracing } from '../tracing/tracing.js';
import type { AttemptFacts } from './context.js';
import type { AcceptedPayload } from './run-attempt.js';
import { type CallReport, ThreadCalls } from './thread-calls.js';

/** What goes into a thread: plain data, as it is copied. */
export interface ThreadTask extends AttemptFacts, AcceptedPayload {
  /** Where the job type is defined. */
  moduleUrl: string;
  /** Its calls are to be told, so that they have spans. */
  isTraced?: boolean;
}

/** What a thread is given when it starts. */
export interface ThreadData {
  config: Config;
  /** Where the thread's own module is. */
  threadUrl: string;
  /** 0 to 19: the higher, the less of a busy processor (`nice`). */
  niceness: number;
}

const nicenessOf: Record<Lane, number> = { short: 0, long: 10 };

/** What comes out of it while it runs. */
export type ThreadReport =
  | { begun: true }
  | { progress: { percent: number; message?: string } }
  | { log: string }
  | CallReport;

export interface ThreadCall extends ThreadTask {
  /** Ends the thread. */
  signal: AbortSignal;
  onReport(report: Exclude<ThreadReport, CallReport>): void;
}

export class Threads {
  /** Threads at the most. */
  readonly size: number;
  readonly #pool: Piscina;
  /** Attempts that run or wait for a thread. */
  #calls = 0;

  /** One thread is ready from the start; the others are started when needed. */
  constructor(config: Config, lane: Lane, threads: number) {
    this.size = threads;
    const workerData: ThreadData = {
      config,
      threadUrl: new URL(`./thread${path.extname(import.meta.url)}`, import.meta.url).href,
      niceness: nicenessOf[lane],
    };
    this.#pool = new Piscina({
      filename: new URL('./thread-entry.cjs', import.meta.url).href,
      workerData,
      minThreads: 1,
      maxThreads: threads,
      idleTimeout: 30_000,
    });
  }

  /** Threads that run an attempt now. */
  get busy(): number {
    return Math.min(this.size, this.#calls);
  }

  /** Rejects with an AbortError when the signal ended the thread, and when the thread died of itself. */
  async run({ signal, onReport, ...task }: ThreadCall): Promise<Outcome> {
    const { port1, port2 } = new MessageChannel();
    const calls = new ThreadCalls(port1);
    const onMessage = inThisTrace((report: ThreadReport) => {
      if ('call' in report) calls.take(report);
      else onReport(report);
    });
    port1.on('message', onMessage);
    this.#calls += 1;
    try {
      const traced: ThreadTask = { ...task, isTraced: isTracing() };
      return await this.#pool.run({ task: traced, port: port2 }, { signal, transferList: [port2] });
    } finally {
      this.#calls -= 1;
      // The end comes through another port than the reports, and may overtake the last of them.
      if (!signal.aborted) drain(port1, onMessage);
      calls.end();
      port1.close();
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

function drain(port: MessagePort, onReport: (report: ThreadReport) => void): void {
  for (let last = receiveMessageOnPort(port); last !== undefined; last = receiveMessageOnPort(port))
    onReport(last.message);
}
