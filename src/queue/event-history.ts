/** The events that are still kept, read again: page by page, and each page says whether any before it are gone. */
import type { JobEvent } from '../models/job-event.js';
import { answered, type Connection } from './connection.js';
import { beginning, isAfter, isEntryId } from './entry-id.js';
import type { OwnKeys } from './keys.js';

export interface EventEntry {
  /** Of the entry in the stream. */
  id: string;
  event: JobEvent;
  /** The event as it was told. */
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

/** Entries of one page. */
const pageLength = 500;

export class EventHistory {
  readonly #connection: Connection;
  readonly #key: string;
  readonly #timeoutMs: number;

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
  async after(id: string, jobId?: string): Promise<HistoryPage> {
    if (!isEntryId(id)) return { ...(await this.after(beginning, jobId)), isWhole: false };
    const [range, info] = await answered(this.#timeoutMs, async () => {
      // In this order: what was there after the read was there before it.
      const commands = this.#connection.pipeline().xrange(this.#key, `(${id}`, '+', 'COUNT', pageLength);
      const [[rangeError, found] = [null], [infoError, facts] = [null]] =
        (await commands.xinfo('STREAM', this.#key).exec()) ?? [];
      if (rangeError) throw rangeError;
      if (infoError && !infoError.message.includes('no such key')) throw infoError;
      return [(found ?? []) as StoredEntry[], extentOf(facts)];
    });
    return {
      entries: range
        .filter(([, [, job]]) => jobId === undefined || job === jobId)
        .flatMap(([entryId, [, , , json = '']]) => entryOf(entryId, json)),
      lastId: range.at(-1)?.[0] ?? id,
      isEnd: range.length < pageLength,
      isWhole: isWithin(id, info),
    };
  }

  /** The entry of this id, where it is still there. @throws Failure `queue_unavailable` */
  async at(id: string): Promise<EventEntry | undefined> {
    const [entry] = await answered(this.#timeoutMs, () => this.#connection.xrange(this.#key, id, id));
    return entry === undefined ? undefined : entryOf(entry[0], entry[1][3] ?? '')[0];
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
}

/** An entry as Redis answers it: its id, then names and values in turn, as `emit` wrote them. */
type StoredEntry = [id: string, fields: string[]];

/** None where the text is no event, which is for nobody to read. */
export function entryOf(id: string, json: string): EventEntry[] {
  try {
    return [{ id, event: JSON.parse(json) as JobEvent, json }];
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
