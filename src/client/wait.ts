/** Waiting for the end of a job: the API holds each answer back as long as it may, and is then asked again. */
import type { JobStatus, ShownJob } from '../models/job.js';
import { JobwrightTimeoutError } from './errors.js';
import { pause } from './pause.js';
import type { CallOptions, Transport } from './transport.js';

export interface WaitOptions extends CallOptions {
  /** Longest time, in milliseconds. Default: as long as it takes. */
  timeoutMs?: number;
}

/** One answer is held back so long at the most, in seconds. */
const heldSecondsMax = 30;
/** Between two looks, in milliseconds, where the server holds no answer back. */
const lookEveryMs = 1_000;

/** @throws JobwrightTimeoutError, JobwrightError, JobwrightConnectionError */
export async function waitForEnd<Job extends ShownJob>(
  transport: Transport,
  id: string,
  { timeoutMs = Infinity, signal }: WaitOptions,
): Promise<Job> {
  const endMs = Date.now() + timeoutMs;
  for (;;) {
    const askedMs = Date.now();
    const heldSeconds = Math.max(0, Math.min(heldSecondsMax, Math.floor((endMs - askedMs) / 1_000)));
    const job = await transport.json<Job>(`/api/jobs/${encodeURIComponent(id)}`, {
      headers: { prefer: `wait=${heldSeconds}` },
      timeoutMs: 2 * heldSecondsMax * 1_000,
      signal,
    });
    if (finalStatuses.includes(job.status)) return job;
    const nowMs = Date.now();
    if (nowMs >= endMs) throw new JobwrightTimeoutError(job);
    await pause(Math.max(0, Math.min(askedMs + lookEveryMs, endMs) - nowMs), signal);
  }
}

const finalStatuses: readonly JobStatus[] = ['completed', 'failed', 'cancelled'];
