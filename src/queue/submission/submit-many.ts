/**
 * Submits many jobs, each as if it came alone, in few round trips: what is asked before a job is added is asked for all
 * of them at once, and they are added together; those that an identical job may do for are looked for and added in one
 * step where that is possible. One that fails spoils no other.
 *
 * Two that could get into each other's way (the same idempotency key; the same work, of a type that does not join what is
 * under way) go one after the other, in rounds.
 */

import { isFailure } from '../../models/failure.js';
import type { JobQueue, Submitted } from '../job-queue.js';
import { withId } from './child-ids.js';
import { type Claim, IdempotencyKeys, type KeyedRequest } from './idempotency-keys.js';
import type { NewJob } from './job-entry.js';
import { reusableJob, type SharedWork } from './reuse.js';

/** Jobs that are added together, descendants included, unless one alone has more. */
const addedAtOnceMax = 100;

export interface Submission {
  job: NewJob;
  /** Where an identical job may do as well. */
  work?: SharedWork;
  /** Where the request has an idempotency key. */
  keyed?: KeyedRequest;
}

/** `key_reused`: the idempotency key stands for another request. */
export type SubmissionResult = Submitted | 'key_reused' | { error: unknown };

/** @returns A result for each, in order. Never fails. */
export async function submitMany(
  queue: JobQueue,
  submissions: readonly Submission[],
): Promise<SubmissionResult[]> {
  const results: SubmissionResult[] = [];
  for (const round of roundsOf(submissions)) {
    const some = await submitTogether(
      queue,
      round.map(({ submission }) => submission),
    );
    for (const [index, result] of some.entries()) results[round[index]?.place ?? -1] = result;
  }
  return results;
}

interface Placed {
  submission: Submission;
  place: number;
}

function roundsOf(submissions: readonly Submission[]): Placed[][] {
  const rounds: Placed[][] = [];
  const taken = new Map<string, number>();
  for (const [place, submission] of submissions.entries()) {
    const { work, keyed } = submission;
    const marks = [
      ...(keyed === undefined ? [] : [`key ${keyed.key}`]),
      ...(work === undefined || work.join ? [] : [`work ${work.digest}`]),
    ];
    const round = Math.max(0, ...marks.map((mark) => (taken.get(mark) ?? -1) + 1));
    for (const mark of marks) taken.set(mark, round);
    rounds[round] ??= [];
    rounds[round].push({ submission, place });
  }
  return rounds;
}

async function submitTogether(
  queue: JobQueue,
  submissions: readonly Submission[],
): Promise<SubmissionResult[]> {
  const keys = new IdempotencyKeys(queue.access);
  const prepared = await Promise.all(
    submissions.map((submission) => prepare(queue, keys, submission).catch(asError)),
  );
  const added = await addAll(
    queue,
    prepared.flatMap((each) => (isToAdd(each) ? [each.job] : [])),
  );
  return Promise.all(
    prepared.map((each) => (isToAdd(each) ? conclude(keys, each, added.get(each.job)).catch(asError) : each)),
  );
}

/** A job that is to be added, under the id that its key or its work gives it. */
interface ToAdd extends Submission {
  claim?: Claim;
}

const isToAdd = (prepared: ToAdd | SubmissionResult): prepared is ToAdd =>
  typeof prepared === 'object' && 'job' in prepared;

const asError = (error: unknown) => ({ error });

async function prepare(
  queue: JobQueue,
  keys: IdempotencyKeys,
  submission: Submission,
): Promise<ToAdd | SubmissionResult> {
  const { work, keyed } = submission;
  const claim = keyed === undefined ? undefined : await keys.claim(keyed, submission.job.id);
  if (keyed !== undefined && claim === undefined) return 'key_reused';
  if (claim?.accepted) return { id: claim.id, reused: 'idempotency_key' };
  const job = claim === undefined ? submission.job : withId(submission.job, claim.id);
  const toAdd = { ...submission, job, ...(claim === undefined ? {} : { claim }) };
  if (work === undefined) return toAdd;
  const submitted = await queue.submitSharedAtOnce(job, work);
  if (submitted !== undefined) return accepted(keys, toAdd, submitted);
  const { id, use } = await reusableJob(queue.access, job.type, work);
  if (use === 'new') return { ...toAdd, job: { ...job, id } };
  return accepted(keys, toAdd, { id, reused: use });
}

/** Whether each is new, or why it was not added. Behind a group that was not, none is tried. */
async function addAll(
  queue: JobQueue,
  jobs: readonly NewJob[],
): Promise<Map<NewJob, boolean | { error: unknown }>> {
  const added = new Map<NewJob, boolean | { error: unknown }>();
  let failed: { error: unknown } | undefined;
  for (const group of groupsOf(jobs)) {
    const areNew: boolean[] = failed
      ? []
      : await queue.submitAll(group).catch((error: unknown) => {
          if (!isFailure(error) || error.code !== 'quota_exceeded') failed = { error };
          return [];
        });
    for (const [index, job] of group.entries()) {
      // Beyond the quota as a whole: as many as there is room for.
      const isNew = failed ?? areNew[index] ?? (await queue.submit(job).catch(asError));
      if (typeof isNew !== 'boolean') failed = isNew;
      added.set(job, isNew);
    }
  }
  return added;
}

async function conclude(
  keys: IdempotencyKeys,
  toAdd: ToAdd,
  isNew: boolean | { error: unknown } = false,
): Promise<SubmissionResult> {
  if (typeof isNew !== 'boolean') return isNew;
  const { id } = toAdd.job;
  return accepted(keys, toAdd, isNew || toAdd.work === undefined ? { id } : { id, reused: 'joined' });
}

/** Its key stands for the job from now on. */
async function accepted(
  keys: IdempotencyKeys,
  { keyed, claim }: ToAdd,
  submitted: Submitted,
): Promise<Submitted> {
  if (keyed !== undefined) await keys.accept(keyed, submitted.id);
  return claim?.repeated ? { id: submitted.id, reused: 'idempotency_key' } : submitted;
}

function groupsOf(jobs: readonly NewJob[]): NewJob[][] {
  const groups: NewJob[][] = [];
  let size = Infinity;
  for (const job of jobs) {
    size += sizeOf(job);
    if (size > addedAtOnceMax) {
      groups.push([]);
      size = sizeOf(job);
    }
    groups.at(-1)?.push(job);
  }
  return groups;
}

const sizeOf = ({ children = [] }: NewJob): number => children.reduce((sum, child) => sum + sizeOf(child), 1);
