/** A processor's context without a queue: for tests of what a processor computes. Records what it is told. */

import { Failure } from '../../src/models/failure.js';
import type {
  ChildOutcome,
  OutboundFetch,
  ProcessorContext,
  ProcessorFiles,
} from '../../src/models/job-type.js';

export interface RecordedContext extends ProcessorContext {
  readonly progressed: { percent: number; message?: string }[];
  readonly logged: string[];
  readonly abort: AbortController;
}

export function processorContext(
  parts: {
    files?: ProcessorFiles;
    fetch?: OutboundFetch;
    sign?: ProcessorContext['sign'];
    attempt?: number;
    children?: readonly ChildOutcome[];
  } = {},
): RecordedContext {
  const abort = new AbortController();
  const progressed: RecordedContext['progressed'] = [];
  const logged: string[] = [];
  return {
    jobId: 'test_00000000000000000000000000',
    attempt: parts.attempt ?? 1,
    children: parts.children ?? [],
    signal: abort.signal,
    abort,
    progressed,
    logged,
    progress: (percent, message) =>
      void progressed.push(message === undefined ? { percent } : { percent, message }),
    log: (message) => void logged.push(message),
    files: parts.files ?? absent('files'),
    fetch: parts.fetch ?? (() => Promise.reject(new Error('this test has no network'))),
    sign:
      parts.sign ??
      (() => {
        throw new Error('this test has no secret');
      }),
    fail: (code, detail) => {
      throw new Failure(code, detail, { retry: false });
    },
    retry: (code, detail, options) => {
      throw new Failure(code, detail, { retry: true, ...options });
    },
  };
}

function absent(part: string): ProcessorFiles {
  return new Proxy({} as ProcessorFiles, {
    get: () => {
      throw new Error(`this test has no ${part}`);
    },
  });
}
