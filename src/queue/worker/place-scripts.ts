/**
 * Sends what the places of a worker ask in one turn of the event loop to Redis together, and tells each its answer. The
 * answers of each script have a turn of their own, so that Redis can work on one while the worker runs what another gave.
 */
import { type EndsAndStartsParts, endAndStart, type Place, type PlaceAnswer } from './ends-and-starts.js';

export interface Answered {
  answer: PlaceAnswer | 'left';
  atMs: number;
}

/** A place that waits for its answer. */
export interface Asking {
  place: Place;
  settle(answered: Answered): void;
  fail(error: unknown): void;
}

export interface PlaceScriptsParts extends EndsAndStartsParts {
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** Places of one script: it holds everybody else up, and while Redis has some, the worker can run others. */
const placesMax = 50;

/** Brief jobs run this long before others have a turn, in milliseconds. */
const turnMsMax = 10;

export class PlaceScripts {
  readonly #parts: PlaceScriptsParts;
  #asking: Asking[] = [];
  #isAnnounced = false;
  #isTurnTaken = false;

  constructor(parts: PlaceScriptsParts) {
    this.#parts = parts;
  }

  ask(asking: Asking): void {
    this.#asking.push(asking);
    if (this.#asking.length >= placesMax) void this.#send();
    else if (!this.#isAnnounced) {
      this.#isAnnounced = true;
      setImmediate(() => {
        this.#isAnnounced = false;
        void this.#send();
      });
    }
  }

  async #send(): Promise<void> {
    const asking = this.#asking;
    if (asking.length === 0) return;
    this.#asking = [];
    const atMs = this.#parts.now();
    const places = asking.map(({ place }) => place);
    const answers = await endAndStart(this.#parts, places, atMs).catch((error: unknown) => {
      for (const { fail } of asking) fail(error);
      return [];
    });
    let turnEndsMs = await this.#turn();
    for (const [index, answer] of answers.entries()) {
      if (performance.now() >= turnEndsMs) turnEndsMs = await this.#turn();
      asking[index]?.settle({ answer, atMs });
    }
  }

  /**
   * A turn of the event loop for the answers of one script alone, and when it is to end: what its brief jobs came to is on
   * its way to Redis before those of the next script run.
   */
  async #turn(): Promise<number> {
    while (this.#isTurnTaken) await nextTurn();
    this.#isTurnTaken = true;
    setImmediate(() => {
      this.#isTurnTaken = false;
    });
    return performance.now() + turnMsMax;
  }
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
