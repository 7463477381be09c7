/**
 * Where a long calculation lets the outside in: it gives way to the event loop of its thread, so that a
 * cancellation can arrive, stops if one has, and says how far it is.
 */
import { setImmediate } from 'node:timers/promises';

/** @throws the signal's reason when the attempt is to stop. */
export type Checkpoint = (percent: number, message?: string) => Promise<void>;

interface Watched {
  readonly signal: AbortSignal;
  progress(percent: number, message?: string): void;
}

export function checkpointOf(watched: Watched): Checkpoint {
  let furthest = 0;
  return async (percent, message) => {
    await setImmediate();
    watched.signal.throwIfAborted();
    furthest = Math.max(furthest, Math.min(100, Math.floor(percent)));
    watched.progress(furthest, message);
  };
}

/** For work that is over before anyone could look: progress costs a message each. */
export const noCheckpoint: Checkpoint = () => Promise.resolve();
