/** What the load generator is told, and what it answers. */
import type { Latency } from '../measure/statistics.js';

export interface LoadOrder {
  /** `http://127.0.0.1:3000` */
  origin: string;
  method: 'GET' | 'POST';
  /** Asked in turn. */
  paths: readonly string[];
  headers?: Record<string, string>;
  /** JSON of one job, with `#` where a number goes that is another in each; and how many of them a request has. */
  body?: { template: string; jobs?: number };
  /** Each sends its next request when the answer to the last one is there. */
  connections: number;
  /** Ends when the first of the two is reached; requests under way are waited for. */
  durationMs: number;
  requestsMax: number;
  /** Requests in a second, of all connections together; as many as go, when absent. */
  ratePerS?: number;
  /** Any other status ends the run. */
  status: number;
  /** Asked after each, until the job is done; the latency is until then. */
  until?: Until;
}

/** How a client gets at the end of a job where the first answer does not have it. */
export interface Until {
  method: 'GET' | 'POST';
  /** With `#` for the id, which is the first of these members in the answer: `jobId`, `id`. */
  path: string;
  body?: string;
  /** Text that the answer has when the job is done. */
  done: string;
  /** Between two questions. */
  everyMs: number;
  /** The latency is that of the first answer all the same: each request finds nothing going on. */
  untimed?: boolean;
}

export interface LoadResult {
  requests: number;
  /** From the first request to the last answer. */
  elapsedMs: number;
  latencyMs: Latency;
  /** Processor time of the generator itself, in microseconds for each request. */
  ownUs: number;
  /** Why it stopped before its time; the answer that nobody expected, or the error. */
  failure?: string;
}
