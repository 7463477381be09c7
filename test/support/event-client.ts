/** A client of Server-Sent Events that reads them as an EventSource does, and keeps what it was told. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { onTestFinished } from 'vitest';
import type { JobBody } from './api.js';

export interface ReceivedEvent {
  /** Of the latest `id` line, also of an earlier event. */
  lastEventId: string;
  event: string;
  data: JobBody & { jobId: string; kind: string; percent: number; message: string; detail: string };
}

export class EventClient {
  readonly events: ReceivedEvent[] = [];
  /** Where it would go on. */
  lastEventId = '';
  retryMs: number | undefined;
  /** Signs of life: comments, and positions without an event. */
  beats = 0;
  isEnded = false;
  /** It was cut off in the middle. */
  isAborted = false;
  readonly response: IncomingMessage;
  #text = '';

  /** Resolves when the answer has begun. It is closed at the end of the test. */
  static async open(
    url: string,
    lastEventId?: string,
    more: Record<string, string> = {},
  ): Promise<EventClient> {
    const headers = { ...more, ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }) };
    const request = get(url, { headers, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const client = new EventClient(response);
    onTestFinished(() => client.close());
    return client;
  }

  private constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (text: string) => this.#read(text));
    response.on('end', () => {
      this.isEnded = true;
      this.response.emit('told');
    });
    response.on('error', () => {
      this.isAborted = true;
      this.response.emit('told');
    });
  }

  /** The events of one name. */
  of(name: string): ReceivedEvent[] {
    return this.events.filter(({ event }) => event === name);
  }

  /** Resolves once this is so; the test's own time limit bounds it. */
  async until<Value>(ask: (client: EventClient) => Value | false | undefined): Promise<Value> {
    for (;;) {
      const answer = ask(this);
      if (answer !== false && answer !== undefined) return answer;
      await once(this.response, 'told');
    }
  }

  /** Resolves with the first event, of those so far or to come, of which this is true. */
  first(holds: (event: ReceivedEvent) => boolean): Promise<ReceivedEvent> {
    return this.until(({ events }) => events.find(holds));
  }

  close(): void {
    this.response.destroy();
  }

  #read(text: string): void {
    const blocks = (this.#text + text).split('\n\n');
    this.#text = blocks.pop() ?? '';
    for (const block of blocks) this.#dispatch(block);
    this.response.emit('told');
  }

  #dispatch(block: string): void {
    let event = 'message';
    let data = '';
    for (const line of block.split('\n')) {
      const [, field, value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
      if (field === 'id') this.lastEventId = value;
      if (field === 'event') event = value;
      if (field === 'data') data += value;
      if (field === 'retry') this.retryMs = Number(value);
    }
    if (data === '') this.beats += 1;
    else this.events.push({ lastEventId: this.lastEventId, event, data: JSON.parse(data) });
  }
}
