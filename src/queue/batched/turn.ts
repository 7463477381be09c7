/**
 * Asks together what is asked within one turn of the event loop: requests that arrive at the same time share a round
 * trip. Who asks alone waits for nobody; the question goes out at the end of the same turn.
 */
export class Turn<Item, Answer> {
  readonly #askAll: (items: readonly Item[]) => Promise<readonly Answer[]>;
  #asked: Asked<Item, Answer>[] = [];

  /** @param askAll Gives an answer for each item, in order. What it throws is told to all who asked. */
  constructor(askAll: (items: readonly Item[]) => Promise<readonly Answer[]>) {
    this.#askAll = askAll;
  }

  ask(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#asked.length === 0) setImmediate(() => void this.#flush());
      this.#asked.push({ item, resolve, reject });
    });
  }

  async #flush(): Promise<void> {
    const asked = this.#asked;
    this.#asked = [];
    try {
      const answers = await this.#askAll(asked.map(({ item }) => item));
      for (const [index, { resolve, reject }] of asked.entries()) {
        const answer = answers[index];
        if (answer === undefined) reject(new Error('there is no answer to this'));
        else resolve(answer);
      }
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}

interface Asked<Item, Answer> {
  item: Item;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}
