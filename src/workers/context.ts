/**
 * What a processor is given, made for one attempt. The same in the event loop and in a thread; only where
 * progress and log lines go differs.
 */
import type { Config } from '../config.js';
import { outputFileId } from '../files/file-ids.js';
import type { FileStore } from '../files/file-store.js';
import { Failure } from '../models/failure.js';
import type { ChildOutcome, ProcessorContext, ProcessorFiles } from '../models/job-type.js';
import type { Policy } from '../models/policy.js';
import { createOutboundFetch } from './outbound-fetch.js';
import { type TraceCall, traceCall } from './outbound-trace.js';
import { signatureHeaders } from './webhook-signature.js';

/** Characters of one line of a job's log, and of what its progress says. */
const reportLengthMax = 2_000;

/** A job that is to go is removed within this time, in milliseconds. */
const removalMsMax = 3_600_000;

export interface AttemptFacts {
  jobId: string;
  attempt: number;
  /** Whose job it is: it reads only this one's files, and what it makes belongs to the same. */
  tenant?: string;
  children: readonly ChildOutcome[];
}

/** Where what a processor tells goes. */
export interface AttemptReports {
  onProgress(progress: { percent: number; message?: string }): void;
  onLog(message: string): void;
}

export interface ContextParts extends AttemptFacts, AttemptReports {
  config: Config;
  files: FileStore;
  /** Of the job's type. */
  policy: Policy;
  signal: AbortSignal;
  /** Where the spans of its calls are made. Default: here. */
  trace?: TraceCall;
}

export function createContext(parts: ContextParts): ProcessorContext {
  const { config, signal, jobId, attempt, children } = parts;
  let reached = 0;
  return {
    jobId,
    attempt,
    children,
    signal,
    progress(percent, message) {
      if (!Number.isFinite(percent)) throw new TypeError(`progress: expected 0 to 100, got ${percent}`);
      // Never back, never beyond: what a reader saw stays true.
      reached = Math.max(reached, Math.min(100, Math.max(0, percent)));
      const said = message === undefined ? {} : { message: String(message).slice(0, reportLengthMax) };
      parts.onProgress({ percent: reached, ...said });
    },
    log: (message) => parts.onLog(String(message).slice(0, reportLengthMax)),
    files: filesOf(parts),
    fetch: createOutboundFetch({
      allow: config.outboundAllow,
      bytesMax: config.outboundBytesMax,
      timeoutMs: config.outboundTimeoutMs,
      redirectsMax: config.outboundRedirectsMax,
      signal,
      trace: parts.trace ?? traceCall,
    }),
    sign: (messageId, body) =>
      signatureHeaders({ messageId, body, secrets: config.webhookSecrets, nowMs: Date.now() }),
    fail(code, detail) {
      throw new Failure(code, detail, { retry: false });
    },
    retry(code, detail, options) {
      throw new Failure(code, detail, { retry: true, ...options });
    },
  };
}

function filesOf({ files, jobId, tenant, config, policy, signal }: ContextParts): ProcessorFiles {
  let created = 0;
  return {
    imagePixelsMax: config.imagePixelsMax,
    stat: (fileId) => files.stat(fileId, tenant),
    open: (fileId) => files.open(fileId, undefined, tenant),
    create: (name, content) =>
      files.write({
        id: outputFileId(jobId, created++),
        name,
        content,
        tenant,
        bytesMax: config.outputBytesMax,
        // They go with their job, at the latest.
        retentionMs: policy.retention.completedAgeMs + policy.timeoutMs + removalMsMax,
        // The attempt after a discarded one writes the same files.
        signal,
      }),
  };
}
