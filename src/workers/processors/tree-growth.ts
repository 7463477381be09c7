/**
 * The job type `tree_growth`, a demonstration: a seed becomes a tree while one watches. It computes nothing of use;
 * it shows what progress, a job's log, cancellation and the long lane look like. See `docs/tree-growth.md`.
 */
import { z } from 'zod';
import { ownJobType } from '../../models/job-type.js';
import { grow } from './tree-growth/grow.js';
import { speciesNames } from './tree-growth/species.js';
import { stageNames } from './tree-growth/stages.js';

const picture = z.string().describe('Lines of text, for a font in which all characters have one width.');
const duration = (of: string) => z.int().min(0).describe(`How long ${of} took, in milliseconds.`);

export default ownJobType({
  type: 'tree_growth',
  title: 'Tree growth',
  description:
    'A demonstration: a seed grows through its seven stages, seconds long, with a picture in text at each. ' +
    'Progress names the stage, the log has every picture, and a cancellation stops it at once.',
  payload: z
    .strictObject({
      species: z.enum(speciesNames).default('oak').describe('What grows.'),
      seed: z
        .int()
        .min(0)
        .max(2 ** 32 - 1)
        .default(1)
        .describe('The same number grows the same tree.'),
      stageMs: z
        .int()
        .min(0)
        .max(10_000)
        .default(700)
        .describe('How long each stage takes, in milliseconds.'),
    })
    .meta({ id: 'TreeGrowthPayload' }),
  result: z
    .strictObject({
      species: z.enum(speciesNames),
      seed: z.int(),
      picture,
      stages: z
        .array(
          z.strictObject({
            stage: z.enum(stageNames),
            startedAt: z.iso.datetime(),
            durationMs: duration('the stage'),
            picture,
          }),
        )
        .describe('In the order in which they came.'),
      durationMs: duration('all of it'),
    })
    .meta({ id: 'TreeGrowthResult' }),
  examples: [
    { summary: 'A cherry tree, quickly', payload: { species: 'cherry', seed: 7, stageMs: 100 } },
    { summary: 'A pine at once', payload: { species: 'pine', stageMs: 0 } },
  ],
  // Seven stages of at most ten seconds, and time to spare.
  policy: { lane: 'long', attempts: 3, timeoutMs: 120_000 },
  run: (payload, context) => grow(payload, context),
});
