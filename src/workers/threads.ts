/**
 * Threads for CPU-bound processors. Such work in the event loop would stop the worker's heartbeat, and with
 * it every other job of the process. A thread whose attempt is stopped is ended, whatever it is doing.
 */
import path from 'node:path';
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { Config } from '../config.js';
import type { Outcome } from '../models/outcome.js';
import type { AttemptFacts } from './context.js';

/** What goes into a thread: plain data, as it is copied. */
export interface ThreadTask extends AttemptFacts {
  /** Where the job type is defined. */
  moduleUrl: string;
  payload: unknown;
}

/** What comes out of it while it runs. */
export type ThreadReport =
  | { begun: true }
  | { progress: { percent: number; message?: string } }
  | { log: string };

export interface ThreadCall extends ThreadTask {
  /** Ends the thread. */
  signal: AbortSignal;
  onReport(report: ThreadReport): void;
}

export class Threads {
  readonly #pool: Piscina;

  /** One thread is ready from the start; the others are started when needed. */
  constructor(config: Config, threads: number) {
    const threadUrl = new URL(`./thread${path.extname(import.meta.url)}`, import.meta.url).href;
    this.#pool = new Piscina({
      filename: new URL('./thread-entry.cjs', import.meta.url).href,
      workerData: { config, threadUrl },
      minThreads: 1,
      maxThreads: threads,
      idleTimeout: 30_000,
    });
  }

  /** Rejects with an AbortError when the signal ended the thread, and when the thread died of itself. */
  async run({ signal, onReport, ...task }: ThreadCall): Promise<Outcome> {
    const { port1, port2 } = new MessageChannel();
    port1.on('message', onReport);
    try {
      return await this.#pool.run({ task, port: port2 }, { signal, transferList: [port2] });
    } finally {
      // The end comes through another port than the reports, and may overtake the last of them.
      if (!signal.aborted) drain(port1, onReport);
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
