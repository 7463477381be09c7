/**
 * BullMQ's backend for a worker, with one difference: the jobs that complete in one turn of the event loop, and those
 * that are to take their places, go to Redis as one script (`ends-and-starts.ts`) instead of one for each. Whatever
 * that script leaves, and every other call, goes through BullMQ's own.
 *
 * BullMQ's Worker does not notice: it waits for each answer as before, so its locks, limits and its way to stop hold.
 */
import {
  type BackendFactory,
  createIORedisClient,
  type MinimalJob,
  QueueKeys,
  RedisConnection,
  RedisQueueBackend,
} from 'bullmq';
import {
  type EndsAndStartsParts,
  endAndStart,
  type NextJob,
  type Place,
  type PlaceAnswer,
} from './ends-and-starts.js';

export interface BatchingParts extends EndsAndStartsParts {
  /** Jobs of which nothing was told but in the script that started them. */
  told: Set<string>;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** Places of one script: it holds everybody else up, and while Redis has some, the worker can run others. */
const placesMax = 50;

interface Answered {
  answer: PlaceAnswer | 'left';
  atMs: number;
}

interface Waiting {
  place: Place;
  settle(answered: Answered): void;
  fail(error: unknown): void;
}

/** For the constructor of a Worker of this type, on this very connection. */
export const batchingBackend =
  (parts: BatchingParts): BackendFactory<RedisQueueBackend> =>
  (_name, opts) =>
    new BatchingBackend(parts, opts);

class BatchingBackend extends RedisQueueBackend {
  readonly #parts: BatchingParts;
  #waiting: Waiting[] = [];
  #isAnnounced = false;

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
  }

  override async moveToActive(token: string, name?: string): Promise<NextJob> {
    const { answer } = await this.#ask({ token, takesNext: true });
    return answer === 'left' ? super.moveToActive(token, name) : answer.next;
  }

  override async moveToCompleted<Data, Result, Name extends string>(
    job: MinimalJob<Data, Result, Name>,
    value: Result,
    removeOnComplete: Parameters<RedisQueueBackend['moveToCompleted']>[2] | undefined,
    token: string,
    takesNext: boolean,
  ): Promise<{ result: NextJob; finishedOn: number }> {
    const { told } = this.#parts;
    const jobId = job.id ?? '';
    // Another tool asked for it: then the job goes, and perhaps others with it.
    if (removeOnComplete === undefined) {
      const { answer, atMs } = await this.#ask({
        completed: { jobId, result: JSON.stringify(value) ?? 'null', isToBeTold: told.has(jobId) },
        token,
        takesNext: takesNext && this.closing === undefined,
      });
      if (answer !== 'left') return { result: answer.next, finishedOn: atMs };
    }
    told.delete(jobId);
    const ended = await super.moveToCompleted(job, value, removeOnComplete as never, token, takesNext);
    return { ...ended, result: ended.result ?? [] };
  }

  #ask(place: Place): Promise<Answered> {
    return new Promise((settle, fail) => {
      this.#waiting.push({ place, settle, fail });
      if (this.#waiting.length >= placesMax) void this.#send();
      else if (!this.#isAnnounced) {
        this.#isAnnounced = true;
        setImmediate(() => {
          this.#isAnnounced = false;
          void this.#send();
        });
      }
    });
  }

  async #send(): Promise<void> {
    const asking = this.#waiting;
    if (asking.length === 0) return;
    this.#waiting = [];
    const { told, now } = this.#parts;
    const atMs = now();
    try {
      const answers = await endAndStart(
        this.#parts,
        asking.map(({ place }) => place),
        atMs,
      );
      for (const [index, answer] of answers.entries()) {
        if (answer !== 'left' && answer.isTold) told.add(String(answer.next[1]));
        asking[index]?.settle({ answer, atMs });
      }
    } catch (error) {
      for (const { fail } of asking) fail(error);
    }
  }
}
