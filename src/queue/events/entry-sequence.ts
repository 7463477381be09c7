/**
 * Events in their order, each once, out of what is kept and what is told live. Whoever begins or has lost the thread
 * reads page after page of what is kept; what is told during the last of these reads is passed on after it, and from
 * there on the sequence is live.
 */
import { beginning, isAfter } from './entry-id.js';
import type { EventEntry, HistoryPage } from './event-history.js';

export interface CatchUp {
  /** Of the last entry that is known. */
  after: string;
  read: (after: string) => Promise<HistoryPage>;
  /** Ends it before the next page. */
  signal: AbortSignal;
  /** Called for each page, before its entries are passed on; not for one behind a gap. */
  onPage?: () => void;
  /** Awaited before the next page is read. */
  ready?: () => Promise<void>;
}

export class EntrySequence {
  readonly #pass: (entry: EventEntry) => void;
  #isLive = false;
  #lastId = beginning;
  /** What was told while a page was read. */
  #meanwhile: EventEntry[] | undefined;

  constructor(pass: (entry: EventEntry) => void) {
    this.#pass = pass;
  }

  /** Everything up to this entry has been passed on. */
  get lastId(): string {
    return this.#lastId;
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  /** Takes an entry as it is told. */
  told(entry: EventEntry): void {
    if (this.#isLive) this.#next(entry);
    else this.#meanwhile?.push(entry);
  }

  /** Nothing up to this entry is missing. */
  advance(id: string): void {
    if (isAfter(id, this.#lastId)) this.#lastId = id;
  }

  /** Passes nothing on any more until it has caught up. */
  hold(): void {
    this.#isLive = false;
    this.#meanwhile = undefined;
  }

  /** `gap`: what came after the entry is not there any more, or not all of it; nothing of this page was passed on. */
  async catchUp({ after, read, signal, onPage, ready }: CatchUp): Promise<'live' | 'gap' | 'stopped'> {
    this.hold();
    this.#lastId = after;
    for (;;) {
      const meanwhile: EventEntry[] = [];
      this.#meanwhile = meanwhile;
      const page = await read(this.#lastId);
      if (signal.aborted) return 'stopped';
      if (!page.isWhole) {
        this.hold();
        return 'gap';
      }
      onPage?.();
      for (const entry of page.entries) this.#next(entry);
      this.advance(page.lastId);
      if (page.isEnd) {
        this.#isLive = true;
        this.#meanwhile = undefined;
        for (const entry of meanwhile) this.#next(entry);
        return 'live';
      }
      if (ready !== undefined) {
        this.#meanwhile = undefined;
        await ready();
      }
    }
  }

  #next(entry: EventEntry): void {
    if (!isAfter(entry.id, this.#lastId)) return;
    this.#lastId = entry.id;
    this.#pass(entry);
  }
}
