/**
 * The outbox of callbacks. A job that asks for one is in it from the moment it is added until the job that delivers
 * its message is stored, so no end is forgotten, whoever dies in between:
 *
 * 1. whoever sees a job end calls `deliver`: the message is made, its delivery submitted under an id that follows
 *    from the job and the time of its end, and the job leaves the outbox,
 * 2. `sweep` looks for jobs that ended and are still in it, and does the same: a second time changes nothing.
 *
 * A job that is retried and ends again has a new message. Delivering is a job like any other, with its retries.
 */
import { createHash } from 'node:crypto';
import {
  type CallbackEvent,
  type CallbackPayload,
  callbackDeliveryType,
  callbackTag,
  omissible,
} from '../models/callback.js';
import { isFinal, type Job } from '../models/job.js';
import { representationOf } from '../models/job-representation.js';
import type { Definitions } from '../models/problem.js';
import { prefixOf, typeId, uuidFromDigest, uuidV7 } from '../models/type-id.js';
import type { JobQueue } from './job-queue.js';
import { queueKeys } from './keys.js';
import { Script } from './script.js';
import type { Tell } from './tell.js';

export interface CallbacksOptions {
  queue: JobQueue;
  /** The type that delivers among them, and those whose errors a message may tell. */
  definitions: Definitions;
  /** Path prefix under which the API is published. */
  basePath: string;
  /** Of one message. */
  bytesMax: number;
  /** That many random bytes. */
  random: (bytes: number) => Uint8Array;
  /** Called for each delivery that is new. */
  tell?: Tell;
}

/** Jobs that one step of a sweep looks at, and steps of one sweep: it goes on where the last one ended. */
const pageSize = 500;
const pagesMax = 4;
/** Deliveries of one job that are listed, the latest. */
const listedMax = 100;
/** Of a fairness key. */
const fairnessKeyLengthMax = 100;

/**
 * Not when the job was retried since: its next end is to be told, too.
 *
 * KEYS job, callbacks. ARGV id, time of its end (ms).
 */
const leave = new Script(
  'leave_outbox',
  `if redis.call('HGET', KEYS[1], 'finishedOn') ~= ARGV[2] then return 0 end
  return redis.call('ZREM', KEYS[2], ARGV[1])`,
);

export class Callbacks {
  readonly #options: CallbacksOptions;
  /** Where the next sweep goes on. */
  #cursor = '0';

  constructor(options: CallbacksOptions) {
    this.#options = options;
  }

  /**
   * Submits the delivery of a job that has ended; twice is once. Nothing for one that asks for no callback or has
   * not ended.
   *
   * @returns The id of the job that delivers.
   * @throws Failure `queue_unavailable`
   */
  async deliver(job: Job): Promise<string | undefined> {
    if (job.callbackUrl === undefined || !isFinal(job.status)) return undefined;
    const id = typeId(callbackDeliveryType, digestOf(job));
    await this.#submit(id, job, job.callbackUrl);
    const { access } = this.#options.queue;
    const { connection, prefix, keys } = access;
    const jobKey = queueKeys(prefix, job.type).job(job.id);
    await access.ask(() => leave.run(connection, [jobKey, keys.callbacks], [job.id, Date.parse(endOf(job))]));
    return id;
  }

  /** The same for one that is known by its id; nothing where it is gone. @throws Failure `queue_unavailable` */
  async deliverEndOf(jobId: string): Promise<string | undefined> {
    const job = await this.#options.queue.find(jobId);
    return job === undefined ? undefined : this.deliver(job);
  }

  /**
   * The same message once more, whatever became of the deliveries before.
   *
   * @param job Has ended, and asks for a callback.
   * @returns The id of the job that delivers.
   * @throws Failure `queue_unavailable`
   */
  async deliverAgain(job: Job & { callbackUrl: string }): Promise<string> {
    const { queue, random } = this.#options;
    const id = typeId(callbackDeliveryType, uuidV7(queue.access.now(), random(10)));
    await this.#submit(id, job, job.callbackUrl);
    return id;
  }

  /**
   * The jobs that deliver or delivered how this one ended, newest first, at most a hundred.
   *
   * @throws Failure `queue_unavailable`
   */
  async deliveriesOf(jobId: string): Promise<Job[]> {
    const { queue } = this.#options;
    const { connection, keys } = queue.access;
    const key = keys.tag(callbackTag(jobId));
    const ids = await queue.access.ask(() => connection.zrevrange(key, 0, listedMax - 1));
    // Jobs of clients may carry the same tag.
    const deliveries = ids.filter((id) => prefixOf(id) === callbackDeliveryType);
    const jobs = await Promise.all(deliveries.map((id) => queue.find(id)));
    return jobs.filter((job) => job !== undefined);
  }

  /**
   * Delivers what was left behind, and forgets jobs that are gone. Looks at no more than some thousand jobs; the
   * next call goes on from there.
   *
   * @returns How many were delivered.
   * @throws Failure `queue_unavailable`
   */
  async sweep(): Promise<number> {
    const { access } = this.#options.queue;
    let delivered = 0;
    for (let pages = 0; pages < pagesMax; pages += 1) {
      const [cursor, members] = await access.ask(() =>
        access.connection.zscan(access.keys.callbacks, this.#cursor, 'COUNT', pageSize),
      );
      this.#cursor = cursor;
      // Each id is followed by its score.
      const ids = members.filter((_, index) => index % 2 === 0);
      delivered += await this.#handOver(ids);
      if (cursor === '0') break;
    }
    return delivered;
  }

  async #handOver(ids: readonly string[]): Promise<number> {
    const { access } = this.#options.queue;
    const { connection, prefix, keys } = access;
    if (ids.length === 0) return 0;
    const looks = connection.pipeline();
    for (const id of ids)
      looks.hmget(queueKeys(prefix, prefixOf(id) ?? '').job(id), 'timestamp', 'finishedOn');
    const fields = (await access.answers(looks)) as [string | null, string | null][];
    const gone = ids.filter((_, index) => fields[index]?.[0] === null);
    if (gone.length > 0) await access.ask(() => connection.zrem(keys.callbacks, ...gone));
    const ended = ids.filter((_, index) => typeof fields[index]?.[1] === 'string');
    // One that cannot be delivered keeps none of the others from it.
    const deliveries = await Promise.allSettled(ended.map((id) => this.deliverEndOf(id)));
    for (const delivery of deliveries) if (delivery.status === 'rejected') throw delivery.reason;
    return deliveries.length;
  }

  async #submit(id: string, job: Job, url: string): Promise<void> {
    const { definitions, queue, tell } = this.#options;
    const definition = definitions.get(callbackDeliveryType)?.definition;
    if (definition === undefined) throw new Error(`the type ${callbackDeliveryType} is not registered`);
    const payload: CallbackPayload = {
      url,
      jobId: job.id,
      event: eventOf(job),
      messageId: typeId('msg', digestOf(job)),
      body: this.#bodyOf(job),
    };
    const origin = await queue.originOf(job);
    const isNew = await queue.submit({
      ...origin,
      id,
      type: callbackDeliveryType,
      payload,
      // A receiver that is slow to answer delays the messages for others as little as may be.
      options: { tags: [callbackTag(job.id)], fairnessKey: new URL(url).host.slice(0, fairnessKeyLengthMax) },
      policy: definition.policy,
      ...(job.tenant === undefined ? {} : { tenant: job.tenant }),
    });
    if (isNew) tell?.({ jobId: job.id, deliveryId: id, requestId: origin.requestId }, 'callback queued');
  }

  #bodyOf(job: Job): string {
    const { basePath, definitions, bytesMax } = this.#options;
    const data: Record<string, unknown> = representationOf(job, { basePath, definitions });
    const omitted: string[] = [];
    const write = () =>
      JSON.stringify({
        type: eventOf(job),
        timestamp: endOf(job),
        data,
        ...(omitted.length === 0 ? {} : { omitted }),
      });
    let body = write();
    for (const member of omissible) {
      if (Buffer.byteLength(body) <= bytesMax) break;
      if (!(member in data)) continue;
      delete data[member];
      omitted.push(member);
      body = write();
    }
    return body;
  }
}

const eventOf = ({ status }: Job) => `job.${status}` as CallbackEvent;

function endOf({ id, completedAt, failedAt, cancelledAt }: Job): string {
  const end = completedAt ?? failedAt ?? cancelledAt;
  if (end === undefined) throw new Error(`job ${id} has not ended`);
  return end;
}

/** Of the message, and of its first delivery: the same for whoever sees the job end. */
const digestOf = (job: Job) =>
  uuidFromDigest(
    createHash('sha256')
      .update(`${job.id} ${endOf(job)}`)
      .digest(),
  );
