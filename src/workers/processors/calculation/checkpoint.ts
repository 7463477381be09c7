/**
 * Where a long calculation says how far it is. It cannot be stopped there, and need not be: an attempt that is to
 * stop loses its thread, whatever that is doing.
 */
export type Checkpoint = (percent: number, message?: string) => void;

interface Watched {
  progress(percent: number, message?: string): void;
}

/** Whole percents, each once: nobody looks closer. */
export function checkpointOf(watched: Watched): Checkpoint {
  let reached = -1;
  return (percent, message) => {
    const whole = Math.min(100, Math.floor(percent));
    if (whole > reached) watched.progress(whole, message);
    reached = Math.max(reached, whole);
  };
}

/** For work that is over before anyone could look: progress costs a message each. */
export const noCheckpoint: Checkpoint = () => {};

/** Told by a pass over many numbers: which share of it is done, 0 to 1. */
export type OnShare = (share: number) => void;

/** A pass tells its share where its index is a multiple of this. */
export const numbersPerShare = 50_000;

export const untold: OnShare = () => {};

/** What a pass takes of a calculation: the percents `from` and `to`. */
export const passOf =
  (checkpoint: Checkpoint, message: string, from = 0, to = 100): OnShare =>
  (share) =>
    checkpoint(from + share * (to - from), message);

/** The part of a pass that one of several smaller ones takes. */
export const partOf =
  (onShare: OnShare, from: number, to: number): OnShare =>
  (share) =>
    onShare(from + share * (to - from));
