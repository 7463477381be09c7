/**
 * Events for whoever listens in this server. One connection, opened with the first listener; a channel is subscribed
 * to while somebody listens to its job, and the pattern of all channels while somebody listens to all jobs, so events
 * that nobody listens to never reach this server.
 *
 * A connection that was lost is made again, subscribes again, and what was told meanwhile is read from the stream,
 * once for all listeners. Only when the stream has not all of it any more do they hear of a gap.
 */
import { failure } from '../../models/failure.js';
import { answered, type Connection } from '../connection.js';
import type { OwnKeys } from '../keys.js';
import { beginning } from './entry-id.js';
import { EntrySequence } from './entry-sequence.js';
import { type EventEntry, EventHistory, entryOf } from './event-history.js';

export interface EventHubOptions {
  /** For what is kept. */
  connection: Connection;
  /** A connection of its own, for what is told; it must neither queue commands nor subscribe again by itself. */
  connect: () => Connection;
  keys: OwnKeys;
  timeoutMs: number;
  /** Between two looks whether the connection is alive and how far it is, in milliseconds. Default: 2,000. */
  checkEveryMs?: number;
}

export interface Listener {
  onEntry(entry: EventEntry): void;
  /** Events are lost that cannot be read again: look. */
  onGap(): void;
  /** The server stops: nothing comes any more. */
  onClose(): void;
}

/** Those who listen on one channel, or to the pattern. */
interface Audience {
  listeners: Set<Listener>;
  subscribed: Promise<void>;
}

/** Before a recovery that failed is tried again, in milliseconds. */
const joinAgainMs = 500;
const checkEveryMsDefault = 2_000;
/** Channels of one command. */
const channelsPerCommand = 1_000;

export class EventHub {
  readonly history: EventHistory;
  readonly #options: EventHubOptions;
  readonly #pattern: string;
  /** By channel, or the pattern. */
  readonly #audiences = new Map<string, Audience>();
  readonly #sequence = new EntrySequence((entry) => this.#dispatch(entry));
  #connection: Connection | undefined;
  /** Resolves when the connection was ready for the first time. */
  #opened: Promise<void> | undefined;
  #hasPosition = false;
  #checking: NodeJS.Timeout | undefined;
  /** Fires when the connection is lost. */
  #lost = new AbortController();
  #isClosed = false;

  constructor(options: EventHubOptions) {
    this.#options = options;
    this.#pattern = `${options.keys.eventsOf('').replaceAll(/[[\]*?\\^]/g, '\\$&')}*`;
    this.history = new EventHistory(options.connection, options.keys, options.timeoutMs);
  }

  /** The server stops: whoever comes now is not told of anything any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Every event up to this entry has been given to those who listened to it. */
  get position(): string {
    return this.#sequence.lastId;
  }

  /**
   * Resolves once all that happens from now on is heard.
   *
   * @param jobId Of the job to listen to; all jobs where undefined.
   * @returns What ends it.
   * @throws Failure `queue_unavailable`
   */
  async listen(jobId: string | undefined, listener: Listener): Promise<() => void> {
    if (this.#isClosed) throw failure('queue_unavailable', 'The server is stopping.');
    const channel = jobId === undefined ? this.#pattern : this.#options.keys.eventsOf(jobId);
    const audience = this.#audiences.get(channel) ?? this.#gather(channel);
    audience.listeners.add(listener);
    const leave = () => {
      audience.listeners.delete(listener);
      if (audience.listeners.size === 0 && this.#audiences.get(channel) === audience) this.#disperse(channel);
    };
    try {
      await audience.subscribed;
    } catch (error) {
      leave();
      throw error;
    }
    return leave;
  }

  /** Tells all listeners, and lets go of the connection. */
  close(): void {
    this.#isClosed = true;
    const audiences = [...this.#audiences.values()];
    this.#audiences.clear();
    clearInterval(this.#checking);
    this.#connection?.disconnect();
    for (const { listeners } of audiences) for (const listener of listeners) listener.onClose();
  }

  #gather(channel: string): Audience {
    const subscribed = answered(this.#options.timeoutMs, async () => {
      this.#opened ??= this.#open();
      await this.#opened;
      await this.#subscribe([channel]);
      // Everybody may have left meanwhile.
      if (!this.#audiences.has(channel)) this.#unsubscribe(channel);
    });
    const audience = { listeners: new Set<Listener>(), subscribed };
    if (this.#audiences.size === 0) {
      void this.#check();
      this.#checking = setInterval(
        () => this.#check(),
        this.#options.checkEveryMs ?? checkEveryMsDefault,
      ).unref();
    }
    this.#audiences.set(channel, audience);
    return audience;
  }

  #disperse(channel: string): void {
    this.#audiences.delete(channel);
    if (this.#audiences.size === 0) clearInterval(this.#checking);
    this.#unsubscribe(channel);
  }

  #open(): Promise<void> {
    const connection = this.#options.connect();
    this.#connection = connection;
    connection.on('error', () => {});
    connection.on('message', (channel: string, message: string) => this.#hear(channel, message));
    connection.on('pmessage', (_pattern: string, channel: string, message: string) =>
      this.#hear(channel, message),
    );
    connection.on('close', () => {
      this.#lost.abort();
      this.#sequence.hold();
    });
    return new Promise((resolve) => {
      connection.on('ready', async () => {
        this.#lost = new AbortController();
        await this.#join(this.#lost.signal);
        resolve();
      });
    });
  }

  /** Takes the thread up where it was lost; the first time, where it is now. */
  async #join(signal: AbortSignal): Promise<void> {
    try {
      const position = this.#hasPosition ? this.position : await this.history.last();
      await this.#subscribe([...this.#audiences.keys()]);
      const outcome = await this.#catchUp(position, signal);
      this.#hasPosition = true;
      if (outcome !== 'gap') return;
      await this.#catchUp(await this.history.last(), signal);
      for (const { listeners } of this.#audiences.values())
        for (const listener of listeners) listener.onGap();
    } catch {
      // Redis does not answer yet; a connection that is lost again is made again.
      await new Promise((resolve) => setTimeout(resolve, joinAgainMs).unref());
      if (!signal.aborted && !this.#isClosed) await this.#join(signal);
    }
  }

  #catchUp(after: string, signal: AbortSignal): Promise<'live' | 'gap' | 'stopped'> {
    return this.#sequence.catchUp({ after, signal, read: (id) => this.history.after(id) });
  }

  #hear(channel: string, message: string): void {
    const jobId = channel.slice(this.#options.keys.eventsOf('').length);
    const space = message.indexOf(' ');
    for (const entry of entryOf(message.slice(0, space), jobId, message.slice(space + 1)))
      this.#sequence.told(entry);
  }

  #dispatch(entry: EventEntry): void {
    for (const channel of [this.#options.keys.eventsOf(entry.event.jobId), this.#pattern])
      for (const listener of this.#audiences.get(channel)?.listeners ?? []) listener.onEntry(entry);
  }

  async #subscribe(channels: readonly string[]): Promise<void> {
    const connection = this.#connection;
    const jobs = channels.filter((channel) => channel !== this.#pattern);
    const commands = [];
    // All at once: whoever leaves now is unsubscribed after it.
    for (let first = 0; first < jobs.length; first += channelsPerCommand)
      commands.push(connection?.subscribe(...jobs.slice(first, first + channelsPerCommand)));
    if (channels.length > jobs.length) commands.push(connection?.psubscribe(this.#pattern));
    await Promise.all(commands);
  }

  #unsubscribe(channel: string): void {
    // Without a connection there is no subscription, and the next one has only those that are wanted then.
    if (this.#connection?.status !== 'ready') return;
    const left =
      channel === this.#pattern
        ? this.#connection.punsubscribe(channel)
        : this.#connection.unsubscribe(channel);
    left.catch(() => {});
  }

  /** What was told before the answer to a PING is here, so all up to the latest entry before it is. */
  async #check(): Promise<void> {
    const signal = this.#lost.signal;
    const connection = this.#connection;
    if (connection?.status !== 'ready' || !this.#sequence.isLive) return;
    try {
      const lastId = await this.history.last().catch(() => beginning);
      await connection.ping();
      if (!signal.aborted) this.#sequence.advance(lastId);
    } catch {
      // It is open and says nothing: another one may.
      if (!signal.aborted) connection.disconnect(true);
    }
  }
}
