/**
 * Streams of events: read with `fetch`, so that the API key is sent in a header, and resumed after a loss where they
 * broke off, as an EventSource does it.
 */
import type { ShownJob } from '../models/job.js';
import type { EventEnd, EventGap, JobEvent } from '../models/job-event.js';
import { JobwrightError } from './errors.js';
import { type EventMessage, messagesIn } from './event-messages.js';
import { pause } from './pause.js';
import type { CallOptions, Query, Transport } from './transport.js';

type Told<Kind extends string, Data> = {
  /** Where the stream goes on after it. */
  id?: string;
  kind: Kind;
  data: Data;
};

type ToldEvent<Event> = Event extends { kind: infer Kind extends string } ? Told<Kind, Event> : never;

/** Of all jobs. `gap`: events are missing before those that follow. */
export type StreamEvent = ToldEvent<JobEvent> | Told<'gap', EventGap>;

/** Of one job. `job`: the job in full, at the start, after a gap, and when it has ended. */
export type JobStreamEvent<Job = ShownJob> = StreamEvent | Told<'job', Job> | Told<'end', EventEnd>;

export interface EventsOptions extends CallOptions {
  /** Goes on after this event. */
  lastEventId?: string;
  /** Told when the connection is there, and when it is lost and tried again. */
  onState?: (state: 'open' | 'lost') => void;
}

/** Before the first attempt to come back, in milliseconds, where the server does not say; doubled with each. */
const pauseMsMin = 1_000;
const pauseMsMax = 30_000;
/** A stream that says nothing at all for so long, in milliseconds, is lost: the server gives signs of life. */
const silentMsMax = 60_000;

/** @throws JobwrightError where the API refuses, and the reason of the signal */
export async function* followEvents<Event>(
  transport: Transport,
  path: string,
  { signal, lastEventId, onState }: EventsOptions,
  query: Query = {},
): AsyncGenerator<Event, void, undefined> {
  let id = lastEventId;
  let pauseMs = pauseMsMin;
  let lost = 0;
  for (;;) {
    const watchdog = new Watchdog(signal);
    try {
      const response = await transport.send(path, {
        query,
        headers: { accept: 'text/event-stream', 'last-event-id': id },
        timeoutMs: Infinity,
        isRepeatable: false,
        signal: watchdog.signal,
      });
      // The end is known already.
      if (response.status === 204) return;
      onState?.('open');
      for await (const message of messagesIn(response, () => watchdog.fed())) {
        lost = 0;
        id = message.lastEventId ?? id;
        pauseMs = message.retryMs ?? pauseMs;
        if (message.data === '') continue;
        yield told<Event>(message);
        if (message.event === 'end') return;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (isRefusal(error)) throw error;
    } finally {
      watchdog.stop();
    }
    onState?.('lost');
    await pause(Math.min(pauseMsMax, pauseMs * 2 ** lost++), signal);
  }
}

/** What it is, its name says; the tests hold that against `openapi.yaml`. */
function told<Event>({ lastEventId, event, data }: EventMessage): Event {
  const id = lastEventId === undefined ? {} : { id: lastEventId };
  const all: unknown = { ...id, kind: event, data: JSON.parse(data) };
  return all as Event;
}

/** To come again would not help. */
const isRefusal = (error: unknown) =>
  error instanceof SyntaxError ||
  (error instanceof JobwrightError && error.status < 500 && error.status !== 408 && error.status !== 429);

/** Ends a request that says nothing for long, and all else of it once it is stopped. */
class Watchdog {
  readonly signal: AbortSignal;
  readonly #silent = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.signal = AbortSignal.any([this.#silent.signal, ...(signal === undefined ? [] : [signal])]);
    this.fed();
  }

  fed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.stop(), silentMsMax);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#silent.abort();
  }
}
