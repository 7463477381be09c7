/**
 * The events that are still kept, read again: page by page, and each page says whether any before it are gone.
 *
 * All who ask at the same time are served by one walk through the stream, from where the one farthest behind is: when
 * a server starts anew, thousands of clients come back at once, each after its own job.
 */
import type { JobEvent } from '../../models/job-event.js';
import { answered, type Connection } from '../connection.js';
import type { OwnKeys } from '../keys.js';
import { eventIn } from './emit.js';
import { beginning, isAfter, isEntryId } from './entry-id.js';

export interface EventEntry {
  /** Of the entry in the stream. */
  id: string;
  event: JobEvent;
  /** The event as clients are told it. */
  json: string;
}

export interface HistoryPage {
  entries: EventEntry[];
  /** The position after this page: of the last entry that was read, of whatever job. */
  lastId: string;
  /** There was no more at that moment. */
  isEnd: boolean;
  /** False when entries between the position asked for and this page are gone, or may be. */
  isWhole: boolean;
}

/** Entries of one page, and of one read. */
const pageLength = 500;

/** Somebody who asked what came after an entry. */
interface Asking {
  after: string;
  jobId: string | undefined;
  entries: EventEntry[];
  answer(page: HistoryPage): void;
  fail(error: unknown): void;
}

export class EventHistory {
  readonly #connection: Connection;
  readonly #key: string;
  readonly #timeoutMs: number;
  /** Those who wait for the next walk. */
  #asking: Asking[] = [];
  #isWalking = false;

  constructor(connection: Connection, keys: OwnKeys, timeoutMs: number) {
    this.#connection = connection;
    this.#key = keys.events;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * What came after an entry; only what happened to one job, where one is given.
   *
   * @throws Failure `queue_unavailable`
   */
  after(id: string, jobId?: string): Promise<HistoryPage> {
    if (!isEntryId(id)) return Promise.resolve({ entries: [], lastId: id, isEnd: false, isWhole: false });
    return new Promise((answer, fail) => {
      this.#asking.push({ after: id, jobId, entries: [], answer, fail });
      void this.#walkOn();
    });
  }

  /** The entry of this id, where it is still there. @throws Failure `queue_unavailable` */
  async at(id: string): Promise<EventEntry | undefined> {
    const [entry] = await answered(this.#timeoutMs, () => this.#connection.xrange(this.#key, id, id));
    return entry === undefined ? undefined : entryOf(entry[0], entry[1][1] ?? '', entry[1][3] ?? '')[0];
  }

  /** Id of the oldest entry; `0-0` where there is none. @throws Failure `queue_unavailable` */
  async first(): Promise<string> {
    const entries = await answered(this.#timeoutMs, () =>
      this.#connection.xrange(this.#key, '-', '+', 'COUNT', 1),
    );
    return entries[0]?.[0] ?? beginning;
  }

  /** Id of the latest entry; `0-0` where there is none. @throws Failure `queue_unavailable` */
  async last(): Promise<string> {
    const entries = await answered(this.#timeoutMs, () =>
      this.#connection.xrevrange(this.#key, '+', '-', 'COUNT', 1),
    );
    return entries[0]?.[0] ?? beginning;
  }

  async #walkOn(): Promise<void> {
    if (this.#isWalking) return;
    this.#isWalking = true;
    while (this.#asking.length > 0) {
      const walk = new Walk(this.#asking);
      this.#asking = [];
      try {
        for (let at = walk.next; at !== undefined; at = walk.next) walk.take(at, ...(await this.#read(at)));
      } catch (error) {
        walk.fail(error);
      }
    }
    this.#isWalking = false;
  }

  #read(after: string): Promise<[StoredEntry[], Extent]> {
    return answered(this.#timeoutMs, async () => {
      // In this order: what was there after the read was there before it.
      const commands = this.#connection.pipeline().xrange(this.#key, `(${after}`, '+', 'COUNT', pageLength);
      const [[rangeError, found] = [null], [infoError, facts] = [null]] =
        (await commands.xinfo('STREAM', this.#key).exec()) ?? [];
      if (rangeError) throw rangeError;
      if (infoError && !infoError.message.includes('no such key')) throw infoError;
      return [(found ?? []) as StoredEntry[], extentOf(facts)];
    });
  }
}

/** One walk through the stream, for all who asked before it began. */
class Walk {
  readonly #waiting: Set<Asking>;
  /** By job; those who asked for all jobs under undefined. */
  readonly #byJob = new Map<string | undefined, Set<Asking>>();
  #at = beginning;

  constructor(asking: readonly Asking[]) {
    this.#waiting = new Set(asking);
    for (const one of asking) {
      const others = this.#byJob.get(one.jobId) ?? new Set();
      this.#byJob.set(one.jobId, others.add(one));
    }
  }

  /** After which entry to read next: where the walk is, or the one farthest behind; undefined when it is over. */
  get next(): string | undefined {
    let earliest: string | undefined;
    for (const { after } of this.#waiting)
      if (earliest === undefined || isAfter(earliest, after)) earliest = after;
    return earliest !== undefined && isAfter(this.#at, earliest) ? this.#at : earliest;
  }

  take(at: string, range: readonly StoredEntry[], extent: Extent): void {
    for (const one of this.#waiting)
      if (!isWithin(isAfter(at, one.after) ? at : one.after, extent)) this.#end(one, { isWhole: false });
    for (const [id, [, job = '', , text = '']] of range) {
      const interested = [...(this.#byJob.get(job) ?? []), ...(this.#byJob.get(undefined) ?? [])];
      const entries = interested.length === 0 ? [] : entryOf(id, job, text);
      this.#at = id;
      for (const one of interested) {
        if (!isAfter(id, one.after)) continue;
        one.entries.push(...entries);
        if (one.entries.length >= pageLength) this.#end(one, { isEnd: false });
      }
    }
    if (range.length < pageLength) for (const one of this.#waiting) this.#end(one, { isEnd: true });
  }

  fail(error: unknown): void {
    for (const { fail } of this.#waiting) fail(error);
  }

  #end(one: Asking, { isEnd = false, isWhole = true }: Partial<HistoryPage>): void {
    this.#waiting.delete(one);
    this.#byJob.get(one.jobId)?.delete(one);
    const lastId = isAfter(this.#at, one.after) ? this.#at : one.after;
    one.answer({ entries: one.entries, lastId, isEnd, isWhole });
  }
}

/** An entry as Redis answers it: its id, then names and values in turn, as `emit` wrote them. */
type StoredEntry = [id: string, fields: string[]];

/** None where the text is no event, which is for nobody to read. */
export function entryOf(id: string, jobId: string, text: string): EventEntry[] {
  try {
    const event = eventIn(jobId, text);
    return [{ id, event, json: JSON.stringify(event) }];
  } catch {
    return [];
  }
}

interface Extent {
  firstId: string;
  lastId: string;
  /** Nothing was ever cut off. */
  isUncut: boolean;
}

/** @param facts What `XINFO STREAM` answers: names and values in turn; undefined where there is no stream. */
function extentOf(facts: unknown): Extent {
  const list = Array.isArray(facts) ? (facts as unknown[]) : [];
  const fact = (name: string) => (list.includes(name) ? list[list.indexOf(name) + 1] : undefined);
  const firstEntry = fact('first-entry') as StoredEntry | null | undefined;
  const lastId = String(fact('last-generated-id') ?? beginning);
  return {
    firstId: firstEntry?.[0] ?? lastId,
    lastId,
    // Redis tells how many were ever added from 7.0 on.
    isUncut: Number(fact('entries-added') ?? -1) === Number(fact('length') ?? 0),
  };
}

/** Whether all that came after an entry is still there. An entry of the future is of a stream that was lost. */
const isWithin = (id: string, { firstId, lastId, isUncut }: Extent) =>
  !isAfter(id, lastId) && (isUncut || !isAfter(firstId, id));
