/**
 * Places of a worker in which brief jobs run one after the other, without BullMQ's Worker: the script that takes a job
 * says what it is, it runs at once, and its end travels with the next start. Such a job is no object of BullMQ's, and no
 * timer or renewed lock belongs to it: it is over in the turn of the event loop in which it began.
 *
 * What is not so is left to BullMQ's Worker as if it had just been taken (`left`): a job that is not brief, or not over in its
 * turn, one that did not complete, and one whose end is more than a plain end.
 *
 * A place that ran a brief job opens another, as long as the worker may run so many: what it takes at once doubles
 * while there are brief jobs, and others find some, too.
 */
import type { Outcome } from '../../models/outcome.js';
import type { PlainJob } from './ends-and-starts.js';
import type { Answered, Asking } from './place-scripts.js';

/** A brief job that has begun. */
export interface BriefRun {
  jobId: string;
  tenant: string | undefined;
  /** Never rejects. */
  outcome: Promise<Outcome>;
  /** It has reported something, which was told: its end is not told in the same script. */
  hasReported: boolean;
  /** Of the script that took it, in milliseconds since the epoch. */
  startedMs: number;
}

/** What is known of brief jobs. */
export interface BriefJobs {
  /** Undefined where it is not brief. */
  begin(job: PlainJob, startedMs: number): BriefRun | undefined;
  /** Redis has its end. */
  completed(run: BriefRun, endedMs: number): void;
}

/** A job for BullMQ's Worker. */
export interface LeftJob {
  jobId: string;
  /** Of its lock. */
  token: string;
  /** Its start was told in the script that took it. */
  isTold: boolean;
  /** It has begun. */
  run?: BriefRun;
}

export interface BriefPlacesParts {
  jobs: BriefJobs;
  ask(asking: Asking): void;
  /** Unique among all places of all workers. */
  newToken(): string;
  /** The worker may run another job. */
  hasRoom(): boolean;
  leave(job: LeftJob): void;
  /** All are closed. `nextDueMs` is what the last of them heard; undefined where BullMQ is to look itself. */
  onIdle(nextDueMs: number | undefined): void;
}

export class BriefPlaces {
  readonly #parts: BriefPlacesParts;
  #open = 0;
  #isStopping = false;
  #nextDueMs: number | undefined;
  /** By the token of their place. */
  readonly #running = new Map<string, BriefRun>();
  #idle: (() => void)[] = [];

  constructor(parts: BriefPlacesParts) {
    this.#parts = parts;
  }

  /** Places that are open. */
  get size(): number {
    return this.#open;
  }

  /** Runs a job that was taken under this token, where it is brief. */
  run(job: PlainJob, token: string, startedMs: number): boolean {
    const run = this.#parts.jobs.begin(job, startedMs);
    if (run === undefined) return false;
    this.#open += 1;
    void this.#end(run, token);
    return true;
  }

  /** Takes no more jobs; resolves when those it has are ended or left. */
  stop(): Promise<void> {
    this.#isStopping = true;
    return this.#open === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  async #end(run: BriefRun, token: string): Promise<void> {
    if (this.#running.size === 0) setImmediate(() => this.#leaveUnfinished());
    this.#running.set(token, run);
    const outcome = await run.outcome;
    // Left meanwhile.
    if (!this.#running.delete(token)) return;
    if (outcome.kind !== 'completed') {
      this.#leaveRun(run, token);
      return;
    }
    const { jobId, tenant, hasReported } = run;
    const takesNext = !this.#isStopping;
    const end = { jobId, result: JSON.stringify(outcome.result) ?? 'null', isToBeTold: !hasReported };
    this.#parts.ask({
      place: { completed: { ...end, plain: { tenant } }, token, takesNext, isBrief: true },
      settle: (answered) => this.#ended(run, token, answered),
      fail: () => this.#leaveRun(run, token),
    });
    if (takesNext && this.#parts.hasRoom()) this.#openAnother();
  }

  #ended(run: BriefRun, token: string, answered: Answered): void {
    if (answered.answer === 'left') this.#leaveRun(run, token);
    else {
      this.#parts.jobs.completed(run, answered.atMs);
      this.#take(answered, token);
    }
  }

  #openAnother(): void {
    this.#open += 1;
    const token = this.#parts.newToken();
    this.#parts.ask({
      place: { token, takesNext: true, isBrief: true },
      settle: (answered) => this.#take(answered, token),
      fail: () => this.#close(undefined),
    });
  }

  #take({ answer, atMs }: Answered, token: string): void {
    const { plain, next, isTold = false } = answer === 'left' ? {} : answer;
    if (plain !== undefined) {
      const run = this.#parts.jobs.begin(plain, atMs);
      if (run === undefined) this.#leave({ jobId: plain.jobId, token, isTold: true });
      else void this.#end(run, token);
    } else if (next?.[1]) this.#leave({ jobId: String(next[1]), token, isTold });
    else this.#close(next && (next[3] ?? 0));
  }

  /** What is not over in its turn is no brief job: it needs a lock that is renewed. */
  #leaveUnfinished(): void {
    const unfinished = [...this.#running];
    this.#running.clear();
    for (const [token, run] of unfinished) this.#leaveRun(run, token);
  }

  #leaveRun(run: BriefRun, token: string): void {
    this.#leave({ jobId: run.jobId, token, isTold: true, run });
  }

  #leave(job: LeftJob): void {
    this.#parts.leave(job);
    this.#close(undefined);
  }

  #close(nextDueMs: number | undefined): void {
    this.#open -= 1;
    this.#nextDueMs = nextDueMs;
    if (this.#open > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
    this.#parts.onIdle(this.#nextDueMs);
  }
}
