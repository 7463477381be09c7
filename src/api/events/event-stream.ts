/**
 * One stream of Server-Sent Events, to one client: how events look on the wire, signs of life while nothing happens,
 * and the place in the sequence of all events from which a client that comes back goes on.
 *
 * A client that reads more slowly than events come is cut off before much of its share is in memory; it comes back,
 * and reads what it missed from the history at its own pace.
 */
import type { Request, Response } from 'express';
import { failure } from '../../models/failure.js';
import { beginning, isAfter, isEntryId } from '../../queue/events/entry-id.js';
import { EntrySequence } from '../../queue/events/entry-sequence.js';
import type { EventEntry } from '../../queue/events/event-history.js';
import type { EventHub, Listener } from '../../queue/events/event-hub.js';
import { principalOf } from '../access/principal.js';
import { onlyWaits } from '../middleware/request-limits.js';
import type { Services } from '../operation.js';

/** A client with more bytes than this before it is cut off. */
const waitingBytesMax = 1_048_576;
/** History is read on when no more than this is waiting for the client. */
const waitingBytesLow = 65_536;
/** When an EventSource comes back after its stream has ended, in milliseconds. */
const retryMs = 2_000;

const headers = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  // Of nginx and others, which would otherwise hold events back until they have enough of them.
  'X-Accel-Buffering': 'no',
  // Nothing follows a stream on its connection, so it need not stay open after it.
  Connection: 'close',
};

/** Streams that are open in each server. */
const openStreams = new WeakMap<EventHub, number>();

export class EventStream implements Listener {
  readonly #response: Response;
  readonly #events: EventHub;
  readonly #sequence: EntrySequence;
  readonly #closed = new AbortController();
  #stopListening: (() => void) | undefined;
  #beating: NodeJS.Timeout | undefined;
  /** Whether the key is still one: it may be withdrawn while the stream is open. */
  #isAllowed = () => true;
  /** The position that the client knows. */
  #toldId = beginning;

  /**
   * Listens. The answer has not begun yet, so a failure still becomes a problem.
   *
   * @param jobId Undefined for all jobs.
   * @param tell What becomes of an entry, each once and in order.
   * @throws Failure `too_many_streams`, `queue_unavailable`
   */
  static async open(
    { config, events, keys }: Services,
    response: Response,
    jobId: string | undefined,
    tell: (entry: EventEntry) => void,
  ): Promise<EventStream> {
    const open = openStreams.get(events) ?? 0;
    if (open >= config.streamsMax)
      throw failure(
        'too_many_streams',
        `This server holds ${config.streamsMax} streams of events, its limit.`,
      );
    openStreams.set(events, open + 1);
    onlyWaits(response);
    const stream = new EventStream(response, events, tell);
    const principal = principalOf(response.req);
    stream.#isAllowed = () => keys?.holds(principal) ?? true;
    response.once('close', () => stream.release());
    stream.closed.addEventListener('abort', () =>
      openStreams.set(events, (openStreams.get(events) ?? 1) - 1),
    );
    try {
      stream.#stopListening = await events.listen(jobId, stream);
    } catch (error) {
      stream.release();
      throw error;
    }
    // The client may have left before anybody listened to that.
    if (response.destroyed) stream.release();
    if (stream.closed.aborted) stream.#stopListening();
    else stream.#beating = setInterval(() => stream.#beat(), config.eventHeartbeatMs);
    return stream;
  }

  private constructor(response: Response, events: EventHub, tell: (entry: EventEntry) => void) {
    this.#response = response;
    this.#events = events;
    this.#sequence = new EntrySequence(tell);
  }

  /** Fires when the client has left, or the stream has ended. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** The client knows all up to here. */
  get lastId(): string {
    return this.#sequence.lastId;
  }

  /** Sends the head of the answer, once. */
  begin(): void {
    if (this.#response.headersSent || this.closed.aborted) return;
    this.#response.status(200).set(headers);
    this.#response.flushHeaders();
    this.#write(`retry: ${retryMs}\n\n`);
  }

  /**
   * Tells what came after an entry, as fast as the client reads, until it is what comes now.
   *
   * @returns `gap` where some of it is not there any more.
   * @throws Failure `queue_unavailable`
   */
  catchUp(after: string, jobId?: string): Promise<'live' | 'gap' | 'stopped'> {
    return this.#sequence.catchUp({
      after,
      read: (id) => this.#events.history.after(id, jobId),
      signal: this.closed,
      onPage: () => this.begin(),
      ready: () => this.#readOn(),
    });
  }

  /** @param data One line. */
  send(event: string, data: string, id?: string): void {
    if (id !== undefined) this.#toldId = id;
    this.#write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`);
  }

  /** Tells the client where it is; there is nothing to tell besides. */
  sendPosition(id: string): void {
    this.#toldId = id;
    this.#write(`id: ${id}\n\n`);
  }

  end(): void {
    if (this.closed.aborted) return;
    this.#response.end();
    this.release();
  }

  /** Ends it in the middle: the client comes back to where it was. */
  cut(): void {
    this.#response.destroy();
    this.release();
  }

  onEntry(entry: EventEntry): void {
    this.#sequence.told(entry);
  }

  onGap(): void {
    // It comes back, and is told of the gap then.
    this.end();
  }

  onClose(): void {
    this.end();
  }

  #write(text: string): void {
    if (this.closed.aborted) return;
    if (this.#response.writableLength > waitingBytesMax) this.cut();
    else this.#response.write(text);
  }

  /** With the position, from which a client comes back without reading everything that did not concern it. */
  #beat(): void {
    if (!this.#isAllowed()) this.end();
    if (this.closed.aborted || !this.#response.headersSent) return;
    if (this.#sequence.isLive) this.#sequence.advance(this.#events.position);
    if (isAfter(this.lastId, this.#toldId)) this.sendPosition(this.lastId);
    else this.#write(':\n\n');
  }

  async #readOn(): Promise<void> {
    const response = this.#response;
    if (this.closed.aborted || response.writableLength <= waitingBytesLow) return;
    await new Promise<void>((resolve) => {
      const go = () => {
        response.off('drain', go).off('close', go);
        resolve();
      };
      response.once('drain', go).once('close', go);
    });
  }

  /** Lets go of everything; the answer is for somebody else to give. */
  release(): void {
    if (this.closed.aborted) return;
    clearInterval(this.#beating);
    this.#stopListening?.();
    this.#closed.abort();
  }
}

/** Where a client was when it left. */
export interface Resumption {
  /** The last entry that it knows; something else where it was never told such an id. */
  after: string;
  /** It had been told that nothing follows. */
  isEnded: boolean;
}

/** Behind the position of a stream that ended because there is nothing left to tell. */
export const endedSuffix = '.end';

/** `Last-Event-ID`, or `lastEventId` of the query for whoever cannot set a header. */
export function resumptionOf(request: Request): Resumption | undefined {
  const given = request.get('Last-Event-ID') || request.query.lastEventId;
  if (given === undefined || given === '') return undefined;
  const text = String(given);
  const isEnded = text.endsWith(endedSuffix);
  const id = isEnded ? text.slice(0, -endedSuffix.length) : text;
  return { after: isEntryId(id) ? id : '', isEnded };
}

/** To HEAD: what GET would begin with. */
export const sendHead = (response: Response): void => void response.status(200).set(headers).end();
