/**
 * Jobs that have lost as many workers as they may: one more loss is their end, and one of them may be what kills the
 * workers. A worker server has one of them at a time and leaves the others to wait, so that such a job takes none of
 * the others with it.
 */
export class LastChances {
  #isTaken = false;

  /** A function to be called at the end of the job; undefined while another has its last chance. */
  take(): (() => void) | undefined {
    if (this.#isTaken) return undefined;
    this.#isTaken = true;
    return () => {
      this.#isTaken = false;
    };
  }
}
