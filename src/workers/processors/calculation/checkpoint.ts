/**
 * Where a long calculation says how far it is. It cannot be stopped there, and need not be: an attempt that is to
 * stop loses its thread, whatever that is doing.
 */
export type Checkpoint = (percent: number, message?: string) => void;

interface Watched {
  progress(percent: number, message?: string): void;
}

/** Whole percents: nobody looks closer. */
export const checkpointOf =
  (watched: Watched): Checkpoint =>
  (percent, message) =>
    watched.progress(Math.floor(percent), message);

/** For work that is over before anyone could look: progress costs a message each. */
export const noCheckpoint: Checkpoint = () => {};
