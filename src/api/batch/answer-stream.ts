/**
 * The answers of a batch, sent as they are made: a JSON array, or a line for each. A client may send its whole body
 * before it reads a word, so some answers are kept for it; when they are too many, whoever writes waits.
 */
import type { Response } from 'express';

/** Answers that wait for their client to read, in bytes: more than 10,000 items are usually answered with. */
const backlogBytesMax = 4_194_304;

export interface AnswerStreamOptions {
  /** A line for each answer, and no array around them. */
  asLines: boolean;
  /** A client that takes nothing for this long while answers wait is given up, in milliseconds. */
  stalledMsMax: number;
}

export class AnswerStream {
  readonly #response: Response;
  readonly #options: AnswerStreamOptions;
  #isOpen = false;

  constructor(response: Response, options: AnswerStreamOptions) {
    this.#response = response;
    this.#options = options;
  }

  /** Something was said: a problem can no longer take the place of the answer. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The client has gone, or was given up. */
  get isClosed(): boolean {
    return this.#response.closed || this.#response.destroyed;
  }

  /** Resolves when there is room for more, or nobody left to read it. */
  async write(answers: readonly object[]): Promise<void> {
    const texts = answers.map((answer) => JSON.stringify(answer));
    if (this.#options.asLines) this.#send(texts.map((text) => `${text}\n`).join(''));
    else this.#send(`${this.#isOpen ? ',\n' : '['}${texts.join(',\n')}`);
    if (this.#response.writableLength > backlogBytesMax) await this.#drained();
  }

  end(): void {
    if (!this.#options.asLines) this.#send(this.#isOpen ? ']\n' : '[]\n');
    else if (!this.#isOpen) this.#send('');
    this.#response.end();
  }

  #send(text: string): void {
    if (!this.#isOpen)
      this.#response
        .status(200)
        .set('Cache-Control', 'no-store')
        .type(this.#options.asLines ? 'application/x-ndjson' : 'application/json');
    this.#isOpen = true;
    if (text !== '') this.#response.write(text);
  }

  async #drained(): Promise<void> {
    const response = this.#response;
    if (this.isClosed) return;
    // Counts from the last byte that the client took.
    response.setTimeout(this.#options.stalledMsMax, () => response.destroy());
    await new Promise<void>((resolve) => {
      const goOn = () => {
        response.off('drain', goOn).off('close', goOn);
        resolve();
      };
      response.on('drain', goOn).on('close', goOn);
    });
    response.setTimeout(0);
  }
}
