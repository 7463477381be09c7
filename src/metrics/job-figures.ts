/** What the queue counts of jobs, as figures: their labels, all of them bounded, and what each fact adds to. */
import { type ErrorCode, errors } from '../models/errors.js';
import type { Lane } from '../models/policy.js';
import type { JobCounts } from '../queue/job-counts.js';
import type { Figures } from './figures.js';

/** What must be known of a job type to count its jobs. */
export interface CountedType {
  type: string;
  policy: { lane: Lane };
  errors: Readonly<Record<string, unknown>>;
}

export type LabelsOf = (type: string) => Readonly<{ type: string; lane: string }>;

/** Of jobs whose type this process does not know, and of codes that nobody declares. */
const other = 'other';

/** Codes that jobs of any type may fail with. */
const commonCodes: readonly ErrorCode[] = [
  'processor_error',
  'attempt_timeout',
  'worker_lost',
  'child_failed',
  'deadline_exceeded',
  'expired',
];

export function labelsOfTypes(types: readonly CountedType[]): LabelsOf {
  const labels = new Map(types.map(({ type, policy: { lane } }) => [type, { type, lane }]));
  const unknown = { type: other, lane: other };
  return (type) => labels.get(type) ?? unknown;
}

export function countsOf(figures: Figures, types: readonly CountedType[], labelsOf: LabelsOf): JobCounts {
  const codes = new Set([...Object.keys(errors), ...types.flatMap((type) => Object.keys(type.errors))]);
  const withCode = (type: string, code: string) => ({
    ...labelsOf(type),
    code: codes.has(code) ? code : other,
  });
  return {
    submitted: (type) => figures.jobsSubmitted.inc(labelsOf(type)),
    reused: (type, kind) => figures.jobsReused.inc({ ...labelsOf(type), kind }),
    started(type, queueTimeMs) {
      figures.jobsStarted.inc(labelsOf(type));
      if (queueTimeMs !== undefined) figures.jobQueueTime.observe(labelsOf(type), queueTimeMs / 1_000);
    },
    completed: (type) => figures.jobsCompleted.inc(labelsOf(type)),
    retried: (type, code) => figures.jobsRetried.inc(withCode(type, code)),
    ended(type, code) {
      if (code === 'cancelled') figures.jobsCancelled.inc(labelsOf(type));
      else figures.jobsFailed.inc(withCode(type, code));
    },
    stalled: (type) => figures.jobsStalled.inc(labelsOf(type)),
  };
}

/** A figure that is there before anything happens shows the first thing that does. */
export function startAtZero(figures: Figures, types: readonly CountedType[], labelsOf: LabelsOf): void {
  const { jobsSubmitted, jobsStarted, jobsCompleted, jobsCancelled, jobsStalled } = figures;
  for (const { type, errors: own } of types) {
    const labels = labelsOf(type);
    for (const figure of [jobsSubmitted, jobsStarted, jobsCompleted, jobsCancelled, jobsStalled])
      figure.inc(labels, 0);
    for (const kind of ['idempotency_key', 'joined', 'cached'])
      figures.jobsReused.inc({ ...labels, kind }, 0);
    for (const code of [...commonCodes, ...Object.keys(own)]) figures.jobsFailed.inc({ ...labels, code }, 0);
    // A processor may ask for another attempt with a code of its own.
    for (const code of [...commonCodes.filter((common) => errors[common].retry), ...Object.keys(own)])
      figures.jobsRetried.inc({ ...labels, code }, 0);
    figures.jobQueueTime.zero(labels);
  }
}
