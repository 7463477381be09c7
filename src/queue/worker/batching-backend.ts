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
import { queueKeys } from '../keys.js';
import {
  type EndsAndStartsParts,
  endAndStart,
  type LeftToBullMQ,
  type NextJob,
  type Place,
} from './ends-and-starts.js';

export interface BatchingParts extends Omit<EndsAndStartsParts, 'keys'> {
  prefix: string;
}

/** Places of one script: it holds everybody else up, and while Redis has some, the worker can run others. */
const placesMax = 50;

interface Waiting {
  place: Place;
  settle(answer: { next: NextJob | LeftToBullMQ; atMs: number }): void;
  fail(error: unknown): void;
}

/** For the constructor of a Worker on this very connection. */
export function batchingBackend({ prefix, ...parts }: BatchingParts): BackendFactory<RedisQueueBackend> {
  return (name, opts) => new BatchingBackend(name, prefix, opts, { ...parts, keys: queueKeys(prefix, name) });
}

class BatchingBackend extends RedisQueueBackend {
  readonly #parts: EndsAndStartsParts;
  #waiting: Waiting[] = [];
  #isAnnounced = false;

  constructor(
    name: string,
    prefix: string,
    opts: ConstructorParameters<typeof RedisQueueBackend>[4],
    parts: EndsAndStartsParts,
  ) {
    const keys = new QueueKeys(prefix);
    // As BullMQ's own factory makes them: one is shared, one is the worker's, to wait for jobs on.
    const shared = new RedisConnection(parts.connection, { shared: true });
    const connectionName = `${prefix}:${Buffer.from(name).toString('base64')}:w:${parts.name}`;
    const waiting = new RedisConnection(createIORedisClient(parts.connection).duplicate({ connectionName }), {
      blocking: true,
    });
    super(shared, name, keys.getKeys(name), (type) => keys.toKey(name, type), opts, waiting);
    this.#parts = parts;
  }

  override async moveToActive(token: string, name?: string): Promise<NextJob> {
    const { next } = await this.#ask({ token, takesNext: true });
    return typeof next === 'string' ? super.moveToActive(token, name) : next;
  }

  override async moveToCompleted<Data, Result, Name extends string>(
    job: MinimalJob<Data, Result, Name>,
    value: Result,
    removeOnComplete: Parameters<RedisQueueBackend['moveToCompleted']>[2],
    token: string,
    takesNext: boolean,
  ): Promise<{ result: NextJob; finishedOn: number }> {
    const result = JSON.stringify(value) ?? 'null';
    const { next, atMs } = await this.#ask({
      completed: { jobId: job.id ?? '', result },
      token,
      takesNext: takesNext && this.closing === undefined,
    });
    if (next === 'start')
      return { result: await super.moveToActive(token, this.#parts.name), finishedOn: atMs };
    if (next !== 'end') return { result: next, finishedOn: atMs };
    const ended = await super.moveToCompleted(job, value, removeOnComplete, token, takesNext);
    return { ...ended, result: ended.result ?? [] };
  }

  #ask(place: Place): Promise<{ next: NextJob | LeftToBullMQ; atMs: number }> {
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
    const atMs = Date.now();
    try {
      const answers = await endAndStart(
        this.#parts,
        asking.map(({ place }) => place),
        atMs,
      );
      for (const [index, { settle }] of asking.entries()) settle({ next: answers[index] ?? [], atMs });
    } catch (error) {
      for (const { fail } of asking) fail(error);
    }
  }
}
