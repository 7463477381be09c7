/**
 * Waiting for the end of a job, for requests that prefer it. Whoever waits listens and looks: an event makes it quick,
 * and one that is lost leaves nobody waiting. All who wait for one job in this server share one subscription and one
 * series of looks.
 */
import type { Request, Response } from 'express';
import { isFailure } from '../../models/failure.js';
import { isFinal, type Job } from '../../models/job.js';
import type { EventHub, Listener } from '../../queue/events/event-hub.js';
import { onlyWaits } from '../middleware/request-limits.js';
import type { Services } from '../operation.js';
import { preferredWaitSeconds } from './prefer.js';

type Waiting = Pick<Services, 'queue' | 'events'>;

/** Between two looks, in milliseconds: first, and at the most. */
const lookAgainMsMin = 250;
const lookAgainMsMax = 3_000;

/** What is waited for in each server, by job. */
const watches = new WeakMap<EventHub, Map<string, Watch>>();

/** Requests that wait in each server. */
const waitingRequests = new WeakMap<EventHub, number>();

/**
 * Resolves with the finished job; with undefined when `waitMs` are over, the signal fires, the server stops or the job
 * is gone. Never rejects: while Redis is away it goes on waiting.
 *
 * @param signal Fires when nobody waits for the answer any more.
 */
export function waitForEnd(
  services: Waiting,
  jobId: string,
  waitMs: number,
  signal: AbortSignal,
): Promise<Job | undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  const watch = watchOf(services, jobId);
  return new Promise((resolve) => {
    const finish = (job?: Job) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      watch.leave(finish);
      resolve(job);
    };
    const giveUp = () => finish();
    const timer = setTimeout(giveUp, waitMs);
    signal.addEventListener('abort', giveUp);
    watch.join(finish);
  });
}

/**
 * Waits as the request's `Prefer: wait` says, and tells the client so; not while as many wait as may.
 *
 * @param known The job as it is now, where that is known.
 * @returns The finished job; undefined when it has not finished. Without a wish to wait, what is known.
 * @example const finished = await waitAsPreferred(services, request, response, id);
 */
export async function waitAsPreferred(
  services: Waiting & Pick<Services, 'config'>,
  request: Request,
  response: Response,
  jobId: string,
  known?: Job,
): Promise<Job | undefined> {
  // It looks through what is there, and mostly nothing is.
  if (response.hasHeader('Vary')) response.vary('Prefer');
  else response.setHeader('Vary', 'Prefer');
  const seconds = preferredWaitSeconds(request.get('Prefer'), services.config.waitMsMax);
  if (seconds === undefined) return known;
  const isOver = known !== undefined && isFinal(known.status);
  const waiting = waitingRequests.get(services.events) ?? 0;
  // A preference is no demand: the answer comes at once then, and does not say that it was applied.
  if (!isOver && waiting >= services.config.waitsMax) return known;
  response.set('Preference-Applied', `wait=${seconds}`);
  if (isOver) return known;
  onlyWaits(response);
  waitingRequests.set(services.events, waiting + 1);
  const left = new AbortController();
  const leave = () => left.abort();
  response.once('close', leave);
  if (response.destroyed) leave();
  const job = await waitForEnd(services, jobId, seconds * 1_000, left.signal);
  response.off('close', leave);
  waitingRequests.set(services.events, (waitingRequests.get(services.events) ?? 1) - 1);
  return job;
}

function watchOf(services: Waiting, jobId: string): Watch {
  const ofServer = watches.get(services.events) ?? new Map<string, Watch>();
  watches.set(services.events, ofServer);
  const watch = ofServer.get(jobId) ?? new Watch(services, jobId, () => ofServer.delete(jobId));
  ofServer.set(jobId, watch);
  return watch;
}

class Watch implements Listener {
  readonly #services: Waiting;
  readonly #jobId: string;
  readonly #onEnd: () => void;
  readonly #waiting = new Set<(job?: Job) => void>();
  #stopListening: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lookAgainMs = lookAgainMsMin;
  #isLooking = false;
  #mustLookAgain = false;
  #isOver = false;

  constructor(services: Waiting, jobId: string, onEnd: () => void) {
    this.#services = services;
    this.#jobId = jobId;
    this.#onEnd = onEnd;
    void this.#listen();
  }

  join(finish: (job?: Job) => void): void {
    this.#waiting.add(finish);
  }

  leave(finish: (job?: Job) => void): void {
    this.#waiting.delete(finish);
    if (this.#waiting.size === 0) this.#end();
  }

  onEntry({ event }: { event: { kind: string; status?: Job['status'] } }): void {
    const isEnd = event.kind === 'deleted' || (event.status !== undefined && isFinal(event.status));
    if (!isEnd) return;
    this.#lookAgainMs = lookAgainMsMin;
    void this.#look();
  }

  onGap(): void {
    void this.#look();
  }

  onClose(): void {
    this.#settle(undefined);
  }

  async #listen(): Promise<void> {
    try {
      const stopListening = await this.#services.events.listen(this.#jobId, this);
      if (this.#isOver) stopListening();
      else this.#stopListening = stopListening;
    } catch {
      // A request that comes while the server stops must not hold it up.
      if (this.#services.events.isClosed) return this.#settle(undefined);
      // Looking alone finds the end, too.
    }
    await this.#look();
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    this.#mustLookAgain = this.#isLooking;
    if (this.#isLooking || this.#isOver) return;
    this.#isLooking = true;
    const seen = await this.#seen();
    this.#isLooking = false;
    if (this.#isOver) return;
    if (seen === 'gone') return this.#settle(undefined);
    if (seen !== 'away' && isFinal(seen.status)) return this.#settle(seen);
    if (this.#mustLookAgain) return void this.#look();
    this.#timer = setTimeout(() => this.#look(), this.#lookAgainMs);
    this.#lookAgainMs = Math.min(this.#lookAgainMs * 2, lookAgainMsMax);
  }

  async #seen(): Promise<Job | 'gone' | 'away'> {
    try {
      return (await this.#services.queue.find(this.#jobId)) ?? 'gone';
    } catch (error) {
      return isFailure(error) && error.code !== 'queue_unavailable' ? 'gone' : 'away';
    }
  }

  #settle(job: Job | undefined): void {
    for (const finish of [...this.#waiting]) finish(job);
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#stopListening?.();
    this.#onEnd();
  }
}
