/** How many bytes may be in memory at once, whoever holds them: who wants more waits for its turn. */
export class ByteBudget {
  readonly #waiting: { bytes: number; resume: () => void }[] = [];
  readonly #bytesMax: number;
  #taken = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** @returns What gives them back. One that wants more than there are gets all of them. */
  async take(wanted: number): Promise<() => void> {
    const bytes = Math.min(wanted, this.#bytesMax);
    if (this.#waiting.length > 0 || this.#taken + bytes > this.#bytesMax)
      await new Promise<void>((resume) => this.#waiting.push({ bytes, resume }));
    else this.#taken += bytes;
    return () => {
      this.#taken -= bytes;
      this.#admit();
    };
  }

  #admit(): void {
    for (let [next] = this.#waiting; next !== undefined; [next] = this.#waiting) {
      if (this.#taken + next.bytes > this.#bytesMax) return;
      this.#waiting.shift();
      this.#taken += next.bytes;
      next.resume();
    }
  }
}
