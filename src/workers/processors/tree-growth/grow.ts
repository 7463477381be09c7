/** Lets a tree grow: shows each stage, waits for its time to pass, and writes down how long it took. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ProcessorContext } from '../../../models/job-type.js';
import { draw } from './draw.js';
import { type SpeciesName, species } from './species.js';
import { type StageName, stageNames } from './stages.js';

export interface Growth {
  species: SpeciesName;
  seed: number;
  picture: string;
  stages: { stage: StageName; startedAt: string; durationMs: number; picture: string }[];
  durationMs: number;
}

/** Rejects as soon as its signal fires. */
export async function grow(
  payload: { species: SpeciesName; seed: number; stageMs: number },
  { signal, progress, log }: Pick<ProcessorContext, 'signal' | 'progress' | 'log'>,
  now: () => number = Date.now,
): Promise<Growth> {
  const stages: Growth['stages'] = [];
  const { length } = stageNames;
  const startedMs = now();
  for (const [index, stage] of stageNames.entries()) {
    signal.throwIfAborted();
    const stageStartedMs = now();
    const picture = draw(species[payload.species], stage, payload.seed);
    progress(Math.floor((100 * index) / length), `Stage ${index + 1} of ${length}: ${wordsOf(stage)}`);
    log(`${wordsOf(stage)}\n${picture}`);
    await pause(payload.stageMs, undefined, { signal });
    stages.push({
      stage,
      startedAt: new Date(stageStartedMs).toISOString(),
      durationMs: elapsedMs(stageStartedMs),
      picture,
    });
  }
  progress(100, 'Fully grown');
  return {
    species: payload.species,
    seed: payload.seed,
    picture: stages.at(-1)?.picture ?? '',
    stages,
    durationMs: elapsedMs(startedMs),
  };

  /** Whole, and never below zero: the clock may have been set back. */
  function elapsedMs(sinceMs: number): number {
    return Math.max(0, Math.round(now() - sinceMs));
  }
}

const wordsOf = (stage: StageName) => stage.replaceAll('_', ' ');
