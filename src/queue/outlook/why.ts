/**
 * Why a job waits, and how long. Two round trips: the job, then in one transaction where it lies and the figures of
 * its queue. Nothing is scanned, so the answer costs the same with a million jobs before it. A job that moves between
 * the two is looked at again.
 */
import { isFinal, type Job } from '../../models/job.js';
import type { Policy } from '../../models/policy.js';
import type { Why } from '../../models/why.js';
import { answered, answersOf, type Connection } from '../connection.js';
import { estimatedWaitMs } from './estimate.js';
import { askFigures, figureCount, figuresFrom, prospectOf, type QueueFigures } from './queue-figures.js';
import { reason, reasonsNotToWait, reasonsToWait } from './wait-reasons.js';
import { askPlace, placeFrom, type WaitingPlace } from './waiting-place.js';

export interface WhyParts {
  connection: Connection;
  /** Of every key. */
  prefix: string;
  /** The job of an id. */
  find: (id: string) => Promise<Job | undefined>;
  /** The policy of a type, where this process knows it. */
  policyOf: (type: string) => Policy | undefined;
  timeoutMs: number;
  now: () => number;
}

/** How often a job is looked at that moves meanwhile. */
const looksMax = 3;

/** Undefined when there is no such job. @throws Failure `queue_unavailable`, and what `find` throws */
export async function whyWaiting(parts: WhyParts, id: string): Promise<Why | undefined> {
  let job: Job | undefined;
  for (let look = 0; look < looksMax; look += 1) {
    job = await parts.find(id);
    if (job === undefined) return undefined;
    const { status, type } = job;
    if (isFinal(status) || status === 'processing')
      return { jobId: id, status, reasons: reasonsNotToWait(job) };
    const nowMs = parts.now();
    const { place, figures } = await lookAround(parts, job, nowMs);
    if (place === undefined) continue;
    return {
      jobId: id,
      status,
      reasons: reasonsToWait(job, place, figures, parts.policyOf(type), nowMs),
      ...(place.in === 'queue' ? { position: place.position } : {}),
      ...estimateOf(job, place, figures, nowMs),
    };
  }
  const status = job?.status ?? 'pending';
  return { jobId: id, status, reasons: [reason('starting', 'It is changing hands at this moment.')] };
}

async function lookAround(parts: WhyParts, { id, type }: Job, nowMs: number) {
  const { connection, prefix, policyOf, timeoutMs } = parts;
  const commands = connection.multi();
  askFigures(commands, prefix, type, nowMs);
  askPlace(commands, prefix, type, id);
  const answers = await answered(timeoutMs, () => answersOf(commands));
  return {
    figures: figuresFrom(answers.slice(0, figureCount), policyOf(type), nowMs),
    place: placeFrom(answers.slice(figureCount)),
  };
}

/** Nothing where nobody can say: it waits for children, a person, or a worker. */
function estimateOf(
  { type, version }: Job,
  place: WaitingPlace,
  figures: QueueFigures,
  nowMs: number,
): Pick<Why, 'estimatedStartAt' | 'estimatedWaitMs' | 'estimateBasis'> {
  if (figures.paused || (place.in !== 'queue' && place.in !== 'delayed')) return {};
  // A delayed job joins the end of the queue, as it is then; the queue as it is now is the best guess.
  const position = place.in === 'queue' ? place.position : figures.waiting;
  const dueMs = place.in === 'queue' ? 0 : Math.max(0, place.dueMs - nowMs);
  const prospect = prospectOf(figures, { type, version, position, dueMs });
  const waitMs = estimatedWaitMs(prospect);
  if (waitMs === undefined) return {};
  const { running, slots, processingMs, rateLimit } = prospect;
  return {
    estimatedStartAt: iso(nowMs + waitMs),
    estimatedWaitMs: waitMs,
    estimateBasis: {
      position,
      running,
      slots,
      ...(processingMs === undefined ? {} : { processingMs: Math.round(processingMs) }),
      ...(rateLimit === undefined
        ? {}
        : { rateLimit: { max: rateLimit.max, durationMs: rateLimit.durationMs } }),
    },
  };
}

const iso = (ms: number) => new Date(ms).toISOString();
