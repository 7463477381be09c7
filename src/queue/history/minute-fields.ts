/**
 * How the history lies in Redis: a hash for each minute, of all jobs and of each tenant's, which is gone when it is too
 * old. A field is a type and what is counted: `calculation completed`, `calculation queue 17` for a bucket of
 * `durations.ts`.
 */
import { historyMinutesMax } from '../../models/history.js';

export const minuteMs = 60_000;

/** The latest minute that is asked for may be gone while it is read. */
export const keptMs = (historyMinutesMax + 2) * minuteMs;

export type Counted = 'completed' | 'failed' | 'cancelled';
export type Timed = 'queue' | 'processing';
export type Sampled = 'pending' | 'oldest';

/** Which minute a time is in. */
export const minuteOf = (ms: number): number => Math.floor(ms / minuteMs);

export const countField = (type: string, what: Counted | Sampled): string => `${type} ${what}`;

export const durationField = (type: string, what: Timed, bucket: number): string =>
  `${type} ${what} ${bucket}`;

/** What a minute holds of one type. */
export interface MinuteFigures {
  counts: Map<Counted | Sampled, number>;
  durations: Record<Timed, Map<number, number>>;
}

export const emptyFigures = (): MinuteFigures => ({
  counts: new Map(),
  durations: { queue: new Map(), processing: new Map() },
});

/** By type. */
export function figuresFrom(hash: Readonly<Record<string, string>>): Map<string, MinuteFigures> {
  const byType = new Map<string, MinuteFigures>();
  for (const [field, text] of Object.entries(hash)) {
    const [type = '', what, bucket] = field.split(' ');
    const figures = byType.get(type) ?? emptyFigures();
    byType.set(type, figures);
    if (bucket === undefined) figures.counts.set(what as Counted | Sampled, Number(text));
    else figures.durations[what as Timed].set(Number(bucket), Number(text));
  }
  return byType;
}
