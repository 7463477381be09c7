/** How Redis answers, second by second: a PING at a time, and how long each took. */
import type { Connection } from './connection.js';

/** Between two of them, in milliseconds. */
const everyMs = 1_000;
/** Without an answer for this long it counts as away, in milliseconds. */
const silentMsMax = 5_000;

export class RedisPulse {
  readonly #connection: Connection;
  readonly #onAnswer: (latencyMs: number) => void;
  readonly #timer: NodeJS.Timeout;
  /** When the one that is under way was sent, by the process' own clock. */
  #sentMs: number | undefined;
  #isUp = false;
  readonly #onReady = () => void this.#beat();

  constructor(connection: Connection, onAnswer: (latencyMs: number) => void) {
    this.#connection = connection;
    this.#onAnswer = onAnswer;
    this.#timer = setInterval(() => void this.#beat(), everyMs);
    this.#timer.unref();
    connection.on('ready', this.#onReady);
    void this.#beat();
  }

  get isUp(): boolean {
    if (this.#connection.status !== 'ready') return false;
    return this.#isUp && (this.#sentMs === undefined || performance.now() - this.#sentMs < silentMsMax);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#connection.off('ready', this.#onReady);
  }

  async #beat(): Promise<void> {
    if (this.#sentMs !== undefined || this.#connection.status !== 'ready') return;
    const startMs = performance.now();
    this.#sentMs = startMs;
    try {
      await this.#connection.ping();
      this.#isUp = true;
      this.#onAnswer(performance.now() - startMs);
    } catch {
      this.#isUp = false;
    }
    this.#sentMs = undefined;
  }
}
