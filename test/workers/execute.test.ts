import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { openFileStore } from '../../src/files/open-file-store.js';
import { defineJobType, type JobType, z } from '../../src/models/index.js';
import type { Attempt } from '../../src/queue/job-worker.js';
import { type ExecuteParts, execute } from '../../src/workers/execute.js';
import { Threads } from '../../src/workers/threads.js';

let parts: ExecuteParts;
beforeAll(async () => {
  const config = loadConfig({}, { DATA_DIR: await mkdtemp(path.join(tmpdir(), 'jobwright-test-')) });
  parts = { config, files: openFileStore(config), threads: new Threads(config, 1) };
});
afterAll(async () => {
  await parts.threads.close();
  await rm(parts.config.dataDir, { recursive: true });
});

const typeThat = (run: JobType['run']) =>
  defineJobType({
    type: 'sample',
    title: 'Sample',
    description: 'A sample.',
    payload: z.strictObject({ n: z.number() }),
    result: z.strictObject({ n: z.number() }),
    errors: { declared: { title: 'Declared', when: 'always' } },
    examples: [{ summary: 'One', payload: { n: 1 } }],
    run: (payload, context) => run(payload, context) as { n: number },
  });

function attempt(more: Partial<Attempt> = {}) {
  const told: unknown[] = [];
  const abort = new AbortController();
  const value: Attempt = {
    jobId: 'sample_01h455vb4pex5vsknk084sn02q',
    attempt: 1,
    version: 1,
    children: [],
    payload: { n: 1 },
    timeoutMs: 60_000,
    requestId: undefined,
    signal: abort.signal,
    progress: (progress) => told.push(progress),
    log: (line) => told.push(line),
    ...more,
  };
  return { value, told, abort };
}

const run = (run: JobType['run'], given = attempt()) =>
  execute({ definition: typeThat(run), moduleUrl: '' }, given.value, parts);

describe('execute', () => {
  it('returns what the processor returned, parsed', async () => {
    expect(await run(() => ({ n: 2 }))).toEqual({ kind: 'completed', result: { n: 2 } });
  });

  it('fails a payload that no longer fits, without running it', async () => {
    let ran = false;
    const note = () => {
      ran = true;
    };
    const outcome = await run(note, attempt({ payload: { n: 'one', m: 1 } }));
    expect(outcome).toMatchObject({
      kind: 'failed',
      error: { code: 'payload_invalid', detail: expect.stringMatching(/^\/payload\/n: /) },
    });
    expect(ran).toBe(false);
  });

  it.each<[string, unknown, string]>([
    ['of another shape', { n: '2' }, 'result_invalid'],
    ['of nothing', undefined, 'result_invalid'],
    ['with an unknown member', { n: 1, m: 1 }, 'result_invalid'],
  ])('fails a result %s', async (_, result, code) => {
    expect(await run(() => result)).toMatchObject({ kind: 'failed', error: { code } });
  });

  it.each<[string, unknown]>([
    ['an Error', new Error('secret')],
    ['a string', 'secret'],
    ['undefined', undefined],
    ['a frozen object', Object.freeze({})],
  ])('retries what throws %s, and keeps its words for the log', async (_, thrown) => {
    const outcome = await run(() => {
      throw thrown;
    });
    expect(outcome).toMatchObject({
      kind: 'retry',
      error: { code: 'processor_error', internal: expect.any(String) },
    });
    expect(outcome.kind === 'retry' && outcome.error.detail).not.toContain('secret');
  });

  it('fails for good what the processor calls a failure, and repeats what it calls a retry', async () => {
    expect(await run((_, { fail }) => fail('declared', 'so'))).toEqual({
      kind: 'failed',
      error: { code: 'declared', detail: 'so' },
    });
    expect(await run((_, { retry }) => retry('declared', 'so', { retryAfterMs: 5 }))).toEqual({
      kind: 'retry',
      error: { code: 'declared', detail: 'so' },
      retryAfterMs: 5,
    });
  });

  it('takes a code that nobody declared for a defect', async () => {
    const outcome = await run((_, { fail }) => fail('never_declared', 'oops'));
    expect(outcome).toMatchObject({ kind: 'retry', error: { code: 'processor_error' } });
  });

  it('takes progress that is no number for a defect', async () => {
    const outcome = await run((_, { progress }) => progress(Number.NaN));
    expect(outcome).toMatchObject({ kind: 'retry', error: { internal: expect.stringContaining('NaN') } });
  });

  it('hands back an attempt of a worker that is stopping already, and one that it stops meanwhile', async () => {
    const stopping = attempt();
    stopping.abort.abort();
    expect(await run(() => new Promise(() => {}), stopping)).toEqual({ kind: 'handed_back' });
    const later = attempt();
    const outcome = run((_, { log }) => new Promise(() => log('running')), later);
    await expect.poll(() => later.told).toContain('running');
    later.abort.abort();
    expect(await outcome).toEqual({ kind: 'handed_back' });
  });

  it('hears nothing more of an attempt that it has stopped', async () => {
    const given = attempt({ timeoutMs: 20 });
    const late: (() => void)[] = [];
    const outcome = await run(
      (_, { progress, log }) =>
        new Promise(() => {
          late.push(
            () => progress(99),
            () => log('late'),
          );
        }),
      given,
    );
    expect(outcome).toMatchObject({ kind: 'retry', error: { code: 'attempt_timeout' } });
    for (const tell of late) tell();
    expect(given.told).toEqual([]);
  });

  it('keeps progress between 0 and 100, and never lets it go back', async () => {
    const given = attempt();
    await run((_, { progress }) => {
      for (const percent of [-5, 10, 5, 30, 300]) progress(percent, `${percent}`);
      return { n: 1 };
    }, given);
    expect(given.told.map((entry) => (entry as { percent: number }).percent)).toEqual([0, 10, 10, 30, 100]);
  });

  it('fails, to be repeated, when a thread cannot load the type', async () => {
    const definition = { ...typeThat(() => ({})), runIn: 'thread' as const };
    const outcome = await execute({ definition, moduleUrl: 'file:///nowhere.mjs' }, attempt().value, parts);
    expect(outcome).toMatchObject({ kind: 'retry', error: { code: 'processor_error' } });
  });
});

describe('the files of an attempt', () => {
  it('cannot be written any more once the attempt was stopped', async () => {
    const stopped = attempt({ timeoutMs: 20 });
    let write: Promise<unknown> | undefined;
    let writeNow: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      writeNow = resolve;
    });
    const late = await run(async (_, { files }) => {
      write = gate.then(() => files.create('who.txt', Buffer.from('the discarded attempt')));
      return new Promise(() => {});
    }, stopped);
    expect(late).toMatchObject({ kind: 'retry', error: { code: 'attempt_timeout' } });
    let fileId = '';
    await run(async (_, { files }) => {
      fileId = (await files.create('who.txt', Buffer.from('the attempt that completed'))).id;
      return { n: 1 };
    });
    writeNow();
    await expect(write).rejects.toMatchObject({ code: 'attempt_timeout' });
    const { stream } = await parts.files.open(fileId);
    expect(Buffer.concat(await stream.toArray()).toString()).toBe('the attempt that completed');
  });
});
