/**
 * How many requests a client has sent lately, to all API servers together. A request is counted here and costs no round
 * trip: five times a second each server tells Redis what it has counted of whom, and hears what the others have. So a
 * client can get beyond a limit by what it sends to other servers within 200 ms, and by 1 % of the limit for each of
 * them, below which a count is not told. While Redis is away each server counts for itself.
 *
 * The window slides: the span of time before counts by the part of it that still lies within the window.
 */
import type { QueueAccess } from '../queue-access.js';
import { Script } from '../script.js';

const tellEveryMs = 200;
/** A count is told when it has grown by this part of the limit. */
const toldFrom = 0.01;
/** Clients that are told of in one round trip. */
const toldAtOnce = 500;

export interface SharedCountsOptions {
  access: QueueAccess;
  /** What is counted: a part of the keys. */
  name: string;
  /** Requests in a window. */
  limit: number;
  windowMs: number;
}

interface Count {
  client: string;
  span: number;
  /** Counted here in this span, and how many of those were told. */
  own: number;
  told: number;
  /** In this span, by the other servers. */
  others: number;
  /** In the span before, by all. */
  before: number;
}

export interface Verdict {
  isWithin: boolean;
  /** Requests that may still come at once. */
  remaining: number;
  /** Where it is not within: when the next one is, in milliseconds from now. Else, when all that was counted is past. */
  waitMs: number;
}

export class SharedCounts {
  readonly #options: SharedCountsOptions;
  readonly #counts = new Map<string, Count>();
  readonly #untold = new Set<Count>();
  readonly #telling: NodeJS.Timeout;
  #isTelling = false;
  #span = 0;

  constructor(options: SharedCountsOptions) {
    this.#options = options;
    this.#telling = setInterval(() => void this.tell(), tellEveryMs).unref();
  }

  /** Counts a request, unless the client is at its limit. */
  count(client: string): Verdict {
    const { limit, windowMs, access } = this.#options;
    const nowMs = access.now();
    const span = Math.floor(nowMs / windowMs);
    const passed = nowMs / windowMs - span;
    const count = this.#countOf(client, span);
    const now = count.own + count.others;
    const used = now + Math.ceil(count.before * (1 - passed));
    if (used >= limit) {
      const wait =
        now >= limit ? 2 - passed - (limit - 1) / now : 1 - passed - (limit - 1 - now) / count.before;
      return { isWithin: false, remaining: 0, waitMs: Math.ceil(wait * windowMs) };
    }
    count.own += 1;
    if (count.own - count.told >= limit * toldFrom) this.#untold.add(count);
    return { isWithin: true, remaining: limit - used - 1, waitMs: Math.ceil((1 - passed) * windowMs) };
  }

  /** Tells what was counted, of a span that is over as well, and hears what others have. Never fails. */
  async tell(): Promise<void> {
    const { access } = this.#options;
    if (this.#isTelling || this.#untold.size === 0 || access.connection.status !== 'ready') return;
    this.#isTelling = true;
    const counts = [...this.#untold];
    this.#untold.clear();
    for (let at = 0; at < counts.length; at += toldAtOnce)
      // What Redis did not hear is told with the next.
      await this.#tellOf(counts.slice(at, at + toldAtOnce)).catch(() => {});
    this.#isTelling = false;
  }

  close(): void {
    clearInterval(this.#telling);
  }

  async #tellOf(counts: readonly Count[]): Promise<void> {
    const { access, name, windowMs } = this.#options;
    const { connection, keys } = access;
    add.define(connection);
    const pipeline = connection.pipeline();
    const owns = counts.map(({ own }) => own);
    for (const { client, span, own, told } of counts) {
      const counted = `${name}:${client}`;
      add.queue(
        pipeline,
        [keys.rate(span, counted), keys.rate(span - 1, counted)],
        [own - told, 3 * windowMs],
      );
    }
    const totals = (await access.answers(pipeline)) as [number, number][];
    for (const [index, count] of counts.entries()) {
      const [total = 0, before = 0] = totals[index] ?? [];
      const own = owns[index] ?? 0;
      count.told = own;
      count.others = Math.max(0, total - own);
      count.before = Math.max(count.before, before);
    }
  }

  #countOf(client: string, span: number): Count {
    // Whoever has not come for a whole window has nothing that counts.
    if (span !== this.#span) {
      for (const [other, count] of this.#counts) if (count.span < span - 1) this.#counts.delete(other);
      for (const count of this.#untold) if (count.span < span - 1) this.#untold.delete(count);
      this.#span = span;
    }
    const known = this.#counts.get(client);
    if (known?.span === span) return known;
    // The other servers hear of it when it is past, too: it goes on to count for them.
    if (known !== undefined && known.own > known.told) this.#untold.add(known);
    const before = known?.span === span - 1 ? known.own + known.others : 0;
    const count = { client, span, own: 0, told: 0, others: 0, before };
    this.#counts.set(client, count);
    return count;
  }
}

/** KEYS count, that of the span before. ARGV how many more, for how long it is kept (ms). Returns both counts. */
const add = new Script(
  'count_requests',
  `local total = redis.call('INCRBY', KEYS[1], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return {total, tonumber(redis.call('GET', KEYS[2]) or 0)}`,
);
