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
