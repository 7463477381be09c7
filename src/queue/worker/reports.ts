/** What a processor reports while it runs, on its way to Redis: log lines all of them, of its progress the latest. */
export class Reports {
  readonly #onError: (error: Error) => void;
  readonly #writing = new Set<Promise<void>>();
  #next: (() => Promise<unknown>) | undefined;
  #isBusy = false;

  constructor(onError: (error: Error) => void) {
    this.#onError = onError;
  }

  each(write: () => Promise<unknown>): void {
    const writing: Promise<void> = write()
      .then(() => {}, this.#onError)
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /** One at a time; of what comes meanwhile only the latest is written. */
  latest(write: () => Promise<unknown>): void {
    this.#next = write;
    if (!this.#isBusy) this.each(() => this.#writeLatest());
  }

  /** Resolves when all that was reported until now is written, or has failed. */
  async written(): Promise<void> {
    await Promise.all(this.#writing);
  }

  async #writeLatest(): Promise<void> {
    this.#isBusy = true;
    for (let write = this.#next; write !== undefined; write = this.#next) {
      this.#next = undefined;
      await write().catch(this.#onError);
    }
    this.#isBusy = false;
  }
}
