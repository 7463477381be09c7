import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type Growth, grow } from '../../src/workers/processors/tree-growth/grow.js';
import { speciesNames } from '../../src/workers/processors/tree-growth/species.js';
import { pictureSize, stageNames } from '../../src/workers/processors/tree-growth/stages.js';
import treeGrowth from '../../src/workers/processors/tree-growth.js';
import { processorContext, type RecordedContext } from '../support/processor-context.js';

/** As a worker does it: the payload parsed before, the result parsed after. */
async function growth(payload: object, context: RecordedContext = processorContext()): Promise<Growth> {
  const result = await treeGrowth.run(treeGrowth.payload.parse(payload), context);
  return treeGrowth.result.parse(result) as Growth;
}

const inWords = stageNames.map((stage) => stage.replace('_', ' '));

describe('the payload of tree_growth', () => {
  it('has a default for everything', () => {
    expect(treeGrowth.payload.parse({})).toEqual({ species: 'oak', seed: 1, stageMs: 700 });
  });

  it.each([
    { stageMs: -1 },
    { stageMs: 10_001 },
    { stageMs: 0.5 },
    { seed: -1 },
    { seed: 2 ** 32 },
    { species: 'palm' },
    { stages: 3 },
  ])('refuses %j', (wrong) => {
    expect(treeGrowth.payload.safeParse(wrong).success).toBe(false);
  });

  it('asks for no more time than an attempt has', () => {
    expect(stageNames.length * 10_000).toBeLessThan(treeGrowth.policy.timeoutMs);
  });
});

describe('tree_growth', () => {
  it('goes through its stages, and ends with the picture of the last', async () => {
    const { stages, picture } = await growth({ stageMs: 0 });
    expect(stages.map(({ stage }) => stage)).toEqual(stageNames);
    expect(new Set(stages.map((stage) => stage.picture)).size).toBe(stageNames.length);
    expect(picture).toBe(stages.at(-1)?.picture);
  });

  it('says at each stage how far it is, never going back', async () => {
    const context = processorContext();
    await growth({ stageMs: 0 }, context);
    const percents = context.progressed.map(({ percent }) => percent);
    expect(percents).toEqual([0, 14, 28, 42, 57, 71, 85, 100]);
    expect(context.progressed.map(({ message }) => message)).toEqual([
      ...inWords.map((words, index) => `Stage ${index + 1} of 7: ${words}`),
      'Fully grown',
    ]);
  });

  it('logs every stage with its picture', async () => {
    const context = processorContext();
    const { stages } = await growth({ stageMs: 0 }, context);
    expect(context.logged).toEqual(stages.map(({ picture }, index) => `${inWords[index]}\n${picture}`));
    // What a line of a log may have.
    for (const line of context.logged) expect(line.length).toBeLessThan(2_000);
  });

  it('gives each stage its time, and tells how long it took', async () => {
    let nowMs = Date.UTC(2026, 4, 1);
    const payload = { species: 'oak', seed: 1, stageMs: 0 } as const;
    const { stages, durationMs } = await grow(payload, processorContext(), () => (nowMs += 100));
    expect(stages[0]).toMatchObject({ startedAt: '2026-05-01T00:00:00.200Z', durationMs: 100 });
    expect(stages[1]).toMatchObject({ startedAt: '2026-05-01T00:00:00.400Z', durationMs: 100 });
    expect(durationMs).toBe(1_500);
    const real = await growth({ stageMs: 20 });
    // A timer may be a millisecond early on a clock of whole milliseconds.
    for (const stage of real.stages) expect(stage.durationMs).toBeGreaterThanOrEqual(18);
  });

  it('stops at its signal, in the middle of a stage', async () => {
    const reason = new Error('cancelled');
    const context = processorContext();
    const growing = growth({ stageMs: 10_000 }, context);
    expect(context.progressed).toHaveLength(1);
    context.abort.abort(reason);
    await expect(growing).rejects.toMatchObject({ cause: reason });
    expect(context.progressed).toHaveLength(1);
    expect(context.logged).toHaveLength(1);
  });

  it('does not begin when its signal has fired, and leaves nothing that listens to it', async () => {
    const stopped = processorContext();
    stopped.abort.abort(new Error('cancelled'));
    await expect(growth({ stageMs: 0 }, stopped)).rejects.toThrow('cancelled');
    expect(stopped.progressed).toEqual([]);
    const grown = processorContext();
    await growth({ stageMs: 0 }, grown);
    expect(getEventListeners(grown.signal, 'abort')).toEqual([]);
  });
});

describe('a picture', () => {
  it.each(speciesNames)(
    'of the species %s is the same for the same seed, and another for another',
    async (name) => {
      const [one, same, other] = await Promise.all(
        [5, 5, 6].map((seed) => growth({ species: name, seed, stageMs: 0 })),
      );
      expect(same?.stages.map(({ picture }) => picture)).toEqual(one?.stages.map(({ picture }) => picture));
      expect(other?.picture).not.toBe(one?.picture);
    },
  );

  it('tells the species apart', async () => {
    const grown = await Promise.all(speciesNames.map((name) => growth({ species: name, stageMs: 0 })));
    expect(new Set(grown.map(({ picture }) => picture)).size).toBe(speciesNames.length);
  });

  it('has one size at every stage, no blanks at the ends of its lines, and no wide characters', async () => {
    for (const name of speciesNames)
      for (const seed of [0, 1, 4_294_967_295])
        for (const { picture } of (await growth({ species: name, seed, stageMs: 0 })).stages) {
          const lines = picture.split('\n');
          expect(lines).toHaveLength(pictureSize.rowsAboveGround + 2);
          for (const line of lines) {
            expect(line).toBe(line.trimEnd());
            expect([...line]).toHaveLength(line.length);
            expect(line.length).toBeLessThanOrEqual(pictureSize.columns);
          }
        }
  });

  it('grows: each stage before the grown tree is lower than the next', async () => {
    const { stages } = await growth({ stageMs: 0 });
    const heights = stages.map(({ picture }) => picture.split('\n').filter((line) => line !== '').length);
    const [seed = 0, sprout = 0, sapling = 0, young = 0, tree = 0] = heights;
    expect([seed, sprout, sapling, young, tree]).toEqual(
      [seed, sprout, sapling, young, tree].toSorted((a, b) => a - b),
    );
    expect(new Set([seed, sprout, sapling, young, tree]).size).toBe(5);
  });

  it('keeps the leaves of the tree where neither blossom nor fruit has come', async () => {
    const { stages } = await growth({ species: 'apple', stageMs: 0 });
    const [tree = '', blossom = ''] = stages.slice(4).map(({ picture }) => picture);
    expect(blossom).toHaveLength(tree.length);
    for (const [index, character] of [...blossom].entries())
      if (character !== '✿') expect(character).toBe(tree[index]);
  });
});
