/** One attempt, as a worker is asked to run it, and where its reports go while it runs. */
import type { ChildOutcome } from '../../models/job-type.js';
import type { Policy } from '../../models/policy.js';
import { originIn, type TraceOrigin } from '../../tracing/traceparent.js';
import type { EventLog } from '../events/event-log.js';
import type { JobData } from '../stored-job.js';
import type { Cancellations } from './cancellations.js';
import { Reports } from './reports.js';

export interface Attempt {
  jobId: string;
  /** 1 for the first. */
  attempt: number;
  /** Version of the type under which the job was accepted. */
  version: number;
  payload: unknown;
  /** Whose job it is, where there are API keys. */
  tenant?: string;
  /** What its children came to, in the order of the request. */
  children: readonly ChildOutcome[];
  /** It may run this long, in milliseconds. */
  timeoutMs: number;
  /** When the job must have completed, in milliseconds since the epoch. */
  deadlineMs?: number;
  requestId: string | undefined;
  /** Where the trace of that request goes on from. */
  origin?: TraceOrigin | undefined;
  /** Fires when the worker must hand back what it has. */
  signal: AbortSignal;
  /** Fires when the job is cancelled. To be asked for before the attempt runs. */
  readonly cancel?: AbortSignal;
  progress(progress: { percent: number; message?: string }): void;
  log(message: string): void;
}

/** Lines that are kept of a job's log, the latest. */
export const logLinesMax = 1_000;

export interface AttemptParts {
  policy: Policy;
  cancellations: Cancellations;
  events: Pick<EventLog, 'emit'>;
  /** Milliseconds since the epoch. */
  now: () => number;
  onError: (error: Error) => void;
  /** The worker's: fires when it must hand back what it has. */
  signal: AbortSignal;
}

export interface AttemptedJob {
  jobId: string;
  attempt: number;
  data: JobData;
  children?: readonly ChildOutcome[];
  deadlineMs?: number | undefined;
  writeProgress(progress: { percent: number; message?: string }): Promise<unknown>;
  writeLog(line: string): Promise<unknown>;
  /** It reports something. */
  onReport(): void;
}

export interface PreparedAttempt {
  attempt: Attempt;
  /** Resolves when all that it has reported is written; undefined where it has reported nothing. */
  written(): Promise<void> | undefined;
}

export function prepareAttempt(parts: AttemptParts, job: AttemptedJob): PreparedAttempt {
  const { jobId, attempt, data, children = [], deadlineMs } = job;
  let reports: Reports | undefined;
  const reporting = () => {
    job.onReport();
    reports ??= new Reports(parts.onError);
    return reports;
  };
  return {
    attempt: {
      jobId,
      attempt,
      version: data.version ?? 1,
      payload: data.payload,
      tenant: data.tenant,
      children,
      timeoutMs: data.options?.timeoutMs ?? parts.policy.timeoutMs,
      deadlineMs,
      requestId: data.requestId,
      origin: originIn(data),
      signal: parts.signal,
      // Where nobody asks, nobody listens.
      get cancel() {
        return parts.cancellations.watch(jobId);
      },
      progress(progress) {
        reporting().latest(() => job.writeProgress(progress));
        parts.events.emit({ kind: 'progress', jobId, ...progress });
      },
      log(message) {
        const line = `${new Date(parts.now()).toISOString()} ${attempt} ${message}`;
        reporting().each(() => job.writeLog(line));
        parts.events.emit({ kind: 'log', jobId, attempt, message });
      },
    },
    written: () => reports?.written(),
  };
}
