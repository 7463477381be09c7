/**
 * The reasons that hold for a job, from where it lies and the figures of its queue. First what lies in the job
 * itself, then what somebody must change, then what time will change.
 */
import { isFinal, type Job } from '../../models/job.js';
import type { Policy } from '../../models/policy.js';
import type { WhyCode, WhyReason } from '../../models/why.js';
import { type QueueFigures, slotsOf, workersFor } from './queue-figures.js';
import type { WaitingPlace } from './waiting-place.js';

/** @param policy Of its type, where this process knows it. */
export function reasonsToWait(
  job: Job,
  place: WaitingPlace,
  figures: QueueFigures,
  policy: Policy | undefined,
  nowMs: number,
): [WhyReason, ...WhyReason[]] {
  const standing = standingReasons(job, figures, policy);
  const own = [...cancelReasons(job), ...placeReasons(job, place, nowMs, standing)];
  // What changes by the second tells nothing about a job whose turn has not come.
  const passing = own.length > 0 ? [] : passingReasons(job.type, figures, place, nowMs);
  const [first = reason('starting', 'Nothing is in its way.'), ...others] = [...own, ...standing, ...passing];
  return [first, ...others];
}

/** Of a job that does not wait. */
export function reasonsNotToWait(job: Job): [WhyReason, ...WhyReason[]] {
  if (isFinal(job.status)) return [reason('finished', `The job is ${job.status}.`)];
  const running = reason(
    'running',
    `It is run by ${job.worker ?? 'a worker'} since ${job.startedAt ?? 'just now'}.`,
  );
  const [first = running, ...others] = [...cancelReasons(job), running];
  return [first, ...others];
}

const cancelReasons = ({ cancelRequestedAt }: Job): WhyReason[] =>
  cancelRequestedAt === undefined
    ? []
    : [reason('cancel_requested', `A client asked to cancel it at ${cancelRequestedAt}.`)];

/** What lies in the job itself. */
function placeReasons(
  job: Job,
  place: WaitingPlace,
  nowMs: number,
  standing: readonly WhyReason[],
): WhyReason[] {
  switch (place.in) {
    case 'queue':
      return [];
    case 'active':
      return [
        reason('worker_lost', `${job.worker ?? 'Its worker'} has fallen silent; any worker puts it back.`),
      ];
    case 'waiting-children':
      return [
        reason('children', `${counted(place.unfinished, 'child', 'children')} unfinished.`, {
          unfinished: place.unfinished,
          jobIds: place.jobIds,
        }),
      ];
    case 'delayed': {
      const until = iso(place.dueMs);
      if (place.dueMs <= nowMs) return [];
      if (job.attempts.made > 0)
        return [reason('backoff', `Attempt ${job.attempts.made + 1} is due at ${until}.`, { until })];
      // Begun and counted as no attempt: a worker put it back that does not know its version.
      if (job.startedAt !== undefined && standing.some(({ code }) => code === 'no_worker_for_version'))
        return [];
      return [reason('scheduled', `It is due at ${until}.`, { until })];
    }
  }
}

/** What somebody must change. */
function standingReasons(
  job: Job,
  { paused, workers }: QueueFigures,
  policy: Policy | undefined,
): WhyReason[] {
  const reasons: WhyReason[] = [];
  if (paused)
    reasons.push(
      reason('paused', `Jobs of ${job.type} are paused; POST /api/types/${job.type}/resume lets them go on.`),
    );
  const serving = workersFor(workers, job.type);
  if (serving.length === 0) reasons.push(reason('no_worker', whyNoWorker(job.type, workers, policy?.lane)));
  else if (workersFor(workers, job.type, job.version).length === 0) {
    const newest = Math.max(...serving.map((worker) => worker.types[job.type]?.version ?? 0));
    reasons.push(
      reason(
        'no_worker_for_version',
        `The job is of version ${job.version} of ${job.type}; ${counted(serving.length, 'worker')} alive, and the newest version that they know is ${newest}.`,
      ),
    );
  }
  return reasons;
}

function whyNoWorker(type: string, workers: QueueFigures['workers'], lane: Policy['lane'] | undefined) {
  if (workers.length === 0) return 'No worker is alive.';
  const alive = `${counted(workers.length, 'worker')} alive`;
  if (lane !== undefined && !workers.some(({ lanes }) => lanes.includes(lane)))
    return `${alive}, none for the ${lane} lane.`;
  return `${alive}, none for ${type}.`;
}

/** What time will change. */
function passingReasons(
  type: string,
  { rateLimit, concurrency, running, waiting, workers }: QueueFigures,
  place: WaitingPlace,
  nowMs: number,
): WhyReason[] {
  const reasons: WhyReason[] = [];
  if (rateLimit !== undefined && rateLimit.left === 0)
    reasons.push(
      reason(
        'rate_limited',
        `At most ${rateLimit.max} of ${type} start in each ${rateLimit.durationMs} ms, and as many have.`,
        { until: iso(nowMs + rateLimit.resetMs), limit: rateLimit.max },
      ),
    );
  if (concurrency !== undefined && running >= concurrency)
    reasons.push(
      reason('type_concurrency', `${running} of ${type} run now, and its policy allows ${concurrency}.`, {
        running,
        limit: concurrency,
      }),
    );
  const slots = slotsOf(workers, type);
  if (slots > 0 && running >= slots)
    reasons.push(
      reason('workers_busy', `${running} of ${type} run now, and the workers alive take ${slots} at once.`, {
        running,
        limit: slots,
      }),
    );
  const before = place.in === 'queue' ? place.position : waiting;
  if (before > 0) reasons.push(reason('queue', `${counted(before, 'job')} before it.`));
  return reasons;
}

export const reason = (code: WhyCode, detail: string, more: Partial<WhyReason> = {}): WhyReason => ({
  code,
  detail,
  ...more,
});

const counted = (count: number, one: string, many = `${one}s`) =>
  count === 1 ? `1 ${one} is` : `${count} ${many} are`;

const iso = (ms: number) => new Date(ms).toISOString();
