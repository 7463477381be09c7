/**
 * Jobs that have lost as many workers as they may: one more loss is their end, and one of them may be what kills the
 * workers. In one worker server they run one at a time, so that such a job takes none of the others with it.
 */
export class LastChances {
  #last: Promise<void> = Promise.resolve();

  /**
   * Resolves when it is this job's turn, or when the signal fires. What it resolves with is to be called at the end.
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    const before = this.#last;
    let leave = () => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.#last = before.then(() => left);
    await Promise.race([before, aborted(signal)]);
    return leave;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
