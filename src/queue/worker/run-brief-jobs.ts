/**
 * What a brief job is to its worker, without BullMQ's Worker: its data are read, its attempt runs, and it is counted and told
 * like every other. See `brief-places.ts`.
 */
import type { Outcome } from '../../models/outcome.js';
import type { Connection } from '../connection.js';
import type { OwnKeys } from '../keys.js';
import type { JobData } from '../stored-job.js';
import { noteCompleted } from '../tenants/tenant-sets.js';
import { type Attempt, type AttemptParts, type PreparedAttempt, prepareAttempt } from './attempt.js';
import type { BriefJobs, BriefRun } from './brief-places.js';
import type { PlainJob } from './ends-and-starts.js';
import type { JobEnds } from './job-ends.js';

export interface RunBriefJobsParts extends AttemptParts {
  type: string;
  connection: Connection;
  keys: OwnKeys;
  ends: JobEnds;
  isBrief(job: { version: number; payload: unknown }): boolean;
  execute(attempt: Attempt): Promise<Outcome>;
  writeProgress(jobId: string, progress: { percent: number; message?: string }): Promise<unknown>;
  writeLog(jobId: string, line: string): Promise<unknown>;
}

export class RunBriefJobs implements BriefJobs {
  readonly #parts: RunBriefJobsParts;

  constructor(parts: RunBriefJobsParts) {
    this.#parts = parts;
  }

  begin({ jobId, data: text, timestamp, delay }: PlainJob, startedMs: number): Run | undefined {
    const { type, ends, writeProgress, writeLog, isBrief } = this.#parts;
    const data = dataIn(text);
    // Its times are looked up, its children's results too, and its callback is submitted.
    if (data?.timed || data?.children !== undefined || data?.callbackUrl !== undefined) return undefined;
    if (data === undefined || !isBrief({ version: data.version ?? 1, payload: data.payload }))
      return undefined;
    const queueTimeMs = Math.max(0, startedMs - Number(timestamp) - Number(delay));
    ends.counts.started(type, queueTimeMs);
    const run: Run = {
      jobId,
      tenant: data.tenant,
      outcome: neverOver,
      hasReported: false,
      startedMs,
      queueTimeMs,
    };
    const prepared = prepareAttempt(this.#parts, {
      jobId,
      attempt: 1,
      data,
      writeProgress: (progress) => writeProgress(jobId, progress),
      writeLog: (line) => writeLog(jobId, line),
      onReport: () => {
        run.hasReported = true;
        // It may have been left to BullMQ's Worker.
        ends.told.delete(jobId);
      },
    });
    run.outcome = this.#outcome(run, prepared);
    return run;
  }

  completed({ jobId, tenant, hasReported, startedMs, queueTimeMs }: Run, endedMs: number): void {
    const { type, ends, events } = this.#parts;
    ends.counts.completed(type, { tenant, queueTimeMs, processingTimeMs: Math.max(0, endedMs - startedMs) });
    if (hasReported) events.emit({ kind: 'status', jobId, status: 'completed', attempt: 1 });
  }

  async #outcome({ jobId, tenant }: Run, { attempt, written }: PreparedAttempt): Promise<Outcome> {
    const { execute, cancellations, onError } = this.#parts;
    const outcome = await execute(attempt);
    cancellations.release(jobId);
    // What it told last must not overtake its end.
    const writing = written();
    if (writing !== undefined) await writing;
    // On the same connection, so before its end; too early does no harm.
    if (outcome.kind === 'completed') noteCompleted(this.#parts, jobId, tenant).catch(onError);
    return outcome;
  }
}

interface Run extends BriefRun {
  queueTimeMs: number;
}

const neverOver = new Promise<never>(() => {});

/** Undefined for what another tool wrote otherwise: BullMQ says what is wrong. */
function dataIn(text: string): JobData | undefined {
  try {
    const data = JSON.parse(text) as JobData | null;
    return data ?? undefined;
  } catch {
    return undefined;
  }
}
