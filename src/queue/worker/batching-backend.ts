/**
 * BullMQ's backend for a worker, with one difference: the jobs that complete in one turn of the event loop, and those
 * that are to take their places, go to Redis as one script (`place-scripts.ts`) instead of one for each. Whatever
 * that script leaves, and every other call, goes through BullMQ's own.
 *
 * BullMQ's Worker does not notice: it waits for each answer as before, so its locks, limits and its way to stop hold.
 * Brief jobs it never sees: they run here (`brief-places.ts`). While some do, a Worker that finds no job waits for what
 * they leave instead of for Redis, and what they have counts as what it has.
 */
import {
  type BackendFactory,
  createIORedisClient,
  type MinimalJob,
  QueueKeys,
  RedisConnection,
  RedisQueueBackend,
} from 'bullmq';
import { type BriefJobs, BriefPlaces, type BriefRun, type LeftJob } from './brief-places.js';
import type { EndsAndStartsParts, NextJob, Place } from './ends-and-starts.js';
import { handOver } from './hand-over.js';
import { type Answered, PlaceScripts } from './place-scripts.js';

export interface BatchingParts extends Omit<EndsAndStartsParts, 'takesPlain'> {
  /** Jobs of which nothing was told but in the script that started them. */
  told: Set<string>;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Absent where no job is brief. */
  brief?: BriefParts;
}

export interface BriefParts {
  /** @param backend Where what they report is written. */
  jobs(backend: Pick<RedisQueueBackend, 'addLog' | 'updateProgress'>): BriefJobs;
  /** Jobs at once, of all of them. */
  concurrency: number;
  /** A job that has begun goes to BullMQ's Worker. */
  onLeft(run: BriefRun): void;
  /** A job has no Worker any more: it returns to its queue. */
  handBack(jobId: string, moveToWait: () => Promise<unknown>): Promise<void>;
  onError(error: Error): void;
}

/** For the constructor of a Worker of this type, on this very connection. */
export const batchingBackend =
  (parts: BatchingParts): BackendFactory<RedisQueueBackend> =>
  (_name, opts) =>
    new BatchingBackend(parts, opts);

interface Ended {
  result: NextJob;
  finishedOn: number;
}

class BatchingBackend extends RedisQueueBackend {
  readonly #parts: BatchingParts;
  readonly #scripts: PlaceScripts;
  readonly #places: BriefPlaces | undefined;
  /** For BullMQ's Worker, at its next question. */
  readonly #left: LeftJob[] = [];
  /** What BullMQ's Worker has: ids of jobs, and questions. */
  readonly #handed = new Set<string>();
  #questions = 0;
  /** It waits for Redis. */
  #isBlocked = false;
  /** It waits for what brief jobs leave. */
  #wake: ((nextDueMs?: number) => void) | undefined;
  #isStopping = false;
  #tokens = 0;

  constructor(parts: BatchingParts, opts: ConstructorParameters<typeof RedisQueueBackend>[4]) {
    const { connection, prefix, type, name } = parts;
    const keys = new QueueKeys(prefix);
    // As BullMQ's own factory makes them: one is shared, one is the worker's own, to wait for jobs on.
    const shared = new RedisConnection(connection, { shared: true, blocking: false });
    const connectionName = `${prefix}:${Buffer.from(type).toString('base64')}:w:${name}`;
    const blocking = new RedisConnection(createIORedisClient(connection).duplicate({ connectionName }), {
      blocking: true,
    });
    super(shared, type, keys.getKeys(type), (part) => keys.toKey(type, part), opts, blocking);
    this.#parts = parts;
    const { brief } = parts;
    this.#scripts = new PlaceScripts({ ...parts, takesPlain: brief !== undefined });
    this.#places =
      brief &&
      new BriefPlaces({
        jobs: brief.jobs(this),
        ask: (asking) => this.#scripts.ask(asking),
        newToken: () => `${name}:${this.#tokens++}`,
        hasRoom: () => this.#taken() < brief.concurrency,
        leave: (job) => this.#leave(job),
        onIdle: (nextDueMs) => this.#wake?.(nextDueMs),
      });
  }

  override moveToActive(token: string, name?: string): Promise<NextJob> {
    return this.#question(
      async () => {
        const next = (await this.#nextLeft(token)) ?? (await this.#next({ token, takesNext: true }));
        return next === 'left' ? super.moveToActive(token, name) : next.result;
      },
      (next) => next,
    );
  }

  override moveToCompleted<Data, Result, Name extends string>(
    job: MinimalJob<Data, Result, Name>,
    value: Result,
    removeOnComplete: Parameters<RedisQueueBackend['moveToCompleted']>[2] | undefined,
    token: string,
    takesNext: boolean,
  ): Promise<Ended> {
    const { told } = this.#parts;
    const jobId = job.id ?? '';
    return this.#question(
      async () => {
        this.#handed.delete(jobId);
        // Another tool asked for it: then the job goes, and perhaps others with it.
        if (removeOnComplete === undefined) {
          const ended = await this.#next({
            completed: { jobId, result: JSON.stringify(value) ?? 'null', isToBeTold: told.has(jobId) },
            token,
            takesNext: takesNext && this.closing === undefined,
          });
          if (ended !== 'left') return ended;
        }
        told.delete(jobId);
        const ended = await super.moveToCompleted(job, value, removeOnComplete as never, token, takesNext);
        return { ...ended, result: ended.result ?? [] };
      },
      ({ result }) => result,
    );
  }

  override moveToFailed<Data, Result, Name extends string>(
    job: MinimalJob<Data, Result, Name>,
    ...how: [
      string,
      Parameters<RedisQueueBackend['moveToFailed']>[2],
      string,
      boolean,
      Record<string, unknown>?,
    ]
  ): Promise<Ended> {
    return this.#question(
      async () => {
        this.#handed.delete(job.id ?? '');
        const ended = await super.moveToFailed(job, ...how);
        return { ...ended, result: ended.result ?? [] };
      },
      ({ result }) => result,
    );
  }

  override moveToDelayed(...given: Parameters<RedisQueueBackend['moveToDelayed']>) {
    this.#handed.delete(given[0]);
    return super.moveToDelayed(...given);
  }

  override moveJobFromActiveToWait(...given: Parameters<RedisQueueBackend['moveJobFromActiveToWait']>) {
    this.#handed.delete(given[0]);
    return super.moveJobFromActiveToWait(...given);
  }

  override async waitForJob(timeoutSeconds: number): ReturnType<RedisQueueBackend['waitForJob']> {
    if (this.#left.length > 0) return null;
    if (this.#places !== undefined && this.#places.size > 0) {
      const nextDueMs = await new Promise<number | undefined>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
      if (nextDueMs === undefined || this.#left.length > 0 || this.#isStopping) return null;
      if (nextDueMs > 0) return { member: '', score: nextDueMs };
    }
    this.#isBlocked = true;
    try {
      return await super.waitForJob(timeoutSeconds);
    } finally {
      this.#isBlocked = false;
    }
  }

  /** With this a Worker stops, after it has said that it asks no more. */
  override async disconnectBlocking(wait?: boolean): Promise<void> {
    this.#isStopping = true;
    this.#wake?.();
    await this.#stopBrief();
    return super.disconnectBlocking(wait);
  }

  override async close(force?: boolean): Promise<void> {
    // A question that was on its way may have begun more.
    await this.#stopBrief();
    return super.close(force);
  }

  async #stopBrief(): Promise<void> {
    await this.#places?.stop();
    const { brief } = this.#parts;
    for (const { jobId, token, run } of this.#left.splice(0)) {
      await run?.outcome;
      await brief
        ?.handBack(jobId, () => super.moveJobFromActiveToWait(jobId, token))
        .catch((error: Error) => brief.onError(error));
    }
  }

  /** What BullMQ's Worker asks counts as a job until it is answered, and then the job that it is given. */
  async #question<Answer>(ask: () => Promise<Answer>, nextOf: (answer: Answer) => NextJob): Promise<Answer> {
    this.#questions += 1;
    try {
      const answer = await ask();
      const id: unknown = nextOf(answer)[1];
      if (id) this.#handed.add(String(id));
      return answer;
    } finally {
      this.#questions -= 1;
    }
  }

  /** Of places: all that this worker runs, or may be given. */
  #taken(): number {
    return this.#handed.size + this.#questions + this.#left.length + (this.#places?.size ?? 0);
  }

  #leave(job: LeftJob): void {
    this.#left.push(job);
    this.#wake?.();
  }

  /** The next job that brief places have left, if any. */
  async #nextLeft(token: string): Promise<Ended | undefined> {
    for (let job = this.#left.shift(); job !== undefined; job = this.#left.shift()) {
      const result = await this.#handOver(job, token).catch((error: unknown) => {
        if (job !== undefined) this.#left.unshift(job);
        throw error;
      });
      if (result !== undefined) return { result, finishedOn: 0 };
    }
    return undefined;
  }

  /** Undefined where it is not this worker's any more. */
  async #handOver(job: LeftJob, token: string): Promise<NextJob | undefined> {
    const { told, brief } = this.#parts;
    const next = await handOver(this.#parts, job.jobId, { from: job.token, to: token });
    if (next === undefined) {
      brief?.onError(new Error(`Missing lock for job ${job.jobId}: what became of it is not recorded`));
      return undefined;
    }
    if (job.isTold && !job.run?.hasReported) told.add(job.jobId);
    if (job.run !== undefined) brief?.onLeft(job.run);
    return next;
  }

  /** Asks for BullMQ's Worker. A brief job is not its own: it hears of none. */
  async #next(place: Place): Promise<Ended | 'left'> {
    const { answer, atMs } = await new Promise<Answered>((settle, fail) =>
      this.#scripts.ask({ place, settle, fail }),
    );
    if (answer === 'left') return 'left';
    const { plain, next, isTold } = answer;
    if (plain === undefined) {
      if (isTold) this.#parts.told.add(String(next[1]));
      return { result: next, finishedOn: atMs };
    }
    const { jobId } = plain;
    // One that waits for Redis would not come for what is left.
    if (!this.#isBlocked && this.#places?.run(plain, place.token, atMs))
      return { result: [], finishedOn: atMs };
    const handed = await this.#handOver({ jobId, token: place.token, isTold: true }, place.token);
    return { result: handed ?? [], finishedOn: atMs };
  }
}
