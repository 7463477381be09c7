import { getEventListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { openFileStore } from '../../src/files/open-file-store.js';
import { defineJobType, type JobType, z } from '../../src/models/index.js';
import type { Attempt } from '../../src/queue/worker/job-worker.js';
import { type ExecuteParts, execute } from '../../src/workers/execute.js';
import { Threads } from '../../src/workers/threads.js';

let parts: ExecuteParts;
beforeAll(async () => {
  const config = loadConfig({}, { DATA_DIR: await mkdtemp(path.join(tmpdir(), 'jobwright-test-')) });
  const threads = new Map([['short', new Threads(config, 'short', 1)]] as const);
  parts = { config, files: openFileStore(config), threads, now: Date.now };
});
afterAll(async () => {
  for (const pool of parts.threads.values()) await pool.close();
  await rm(parts.config.dataDir, { recursive: true });
});

const typeThat = (
  run: JobType['run'],
  more: Partial<Pick<JobType, 'version' | 'upgrade' | 'runIn' | 'isBrief'>> = {},
) =>
  defineJobType({
    ...more,
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

describe('a type that runs in threads and knows which of its jobs are brief', () => {
  const inProcess = { kind: 'completed', result: { n: 3 } };
  const registered = {
    definition: typeThat(() => ({ n: 3 }), {
      runIn: 'thread',
      isBrief: (payload) => (payload as { n: number }).n < 10,
    }),
    // A thread would find nothing there.
    moduleUrl: 'file:///nowhere.js',
  };
  const inThread = { kind: 'retry', error: { code: 'processor_error' } };

  it.each<[string, Partial<Attempt>, object]>([
    ['runs those in the event loop', { payload: { n: 9 } }, inProcess],
    ['runs all others in a thread', { payload: { n: 10 } }, inThread],
    ['runs in a thread what it cannot judge', { payload: null }, inThread],
    [
      'runs in a thread what has a deadline',
      { payload: { n: 9 }, deadlineMs: Date.now() + 60_000 },
      inThread,
    ],
    [
      'does not begin what is to stop',
      { payload: { n: 9 }, signal: AbortSignal.abort() },
      { kind: 'handed_back' },
    ],
  ])('%s', async (_, given, outcome) => {
    expect(await execute(registered, attempt(given).value, parts)).toMatchObject(outcome);
  });
});

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

describe('a job that another version of its type accepted', () => {
  const versionTwo = (upgrade: JobType['upgrade'], given = attempt({ payload: { m: 1 } })) =>
    execute(
      { definition: typeThat((payload) => payload, { version: 2, upgrade }), moduleUrl: '' },
      given.value,
      parts,
    );

  it('is upgraded and parsed before it runs, when it is older', async () => {
    const seen: unknown[] = [];
    const outcome = await versionTwo((payload, fromVersion) => {
      seen.push(payload, fromVersion);
      return { n: 2 };
    });
    expect(outcome).toEqual({ kind: 'completed', result: { n: 2 } });
    expect(seen).toEqual([{ m: 1 }, 1]);
  });

  it('is not touched, when it is of this version', async () => {
    const given = attempt({ version: 2 });
    const outcome = await versionTwo(() => ({ n: 99 }), given);
    expect(outcome).toEqual({ kind: 'completed', result: { n: 1 } });
  });

  it('fails for good when the upgrade throws, whose words are for the operator', async () => {
    const outcome = await versionTwo(() => {
      throw new Error('no m in the secret payload');
    });
    expect(outcome).toEqual({
      kind: 'failed',
      error: {
        code: 'payload_invalid',
        detail: 'Version 1 of sample accepted the payload, and version 2 cannot upgrade it.',
        internal: expect.stringContaining('no m in the secret payload'),
      },
    });
  });

  it('fails for good when what the upgrade makes does not fit, and says that it was upgraded', async () => {
    expect(await versionTwo(() => ({ n: 'one' }))).toMatchObject({
      kind: 'failed',
      error: {
        code: 'payload_invalid',
        detail: expect.stringMatching(/^\/payload\/n: .* \(upgraded from version 1 to 2\)$/),
      },
    });
  });

  it('is held, and nothing of it runs, when it is newer', async () => {
    const given = attempt({ version: 2, payload: { whatever: 1 } });
    const outcome = await run(() => expect.unreachable(), given);
    expect(outcome).toEqual({ kind: 'held' });
  });
});

describe('an attempt that is stopped from outside', () => {
  const forEver = () => new Promise(() => {});

  it('is cancelled with its job, whether it obeys or not', async () => {
    for (const obedient of [true, false]) {
      const cancel = new AbortController();
      const given = attempt({ cancel: cancel.signal });
      const outcome = run((_, { signal, log }) => {
        log('running');
        return new Promise((_, reject) => {
          if (obedient) signal.addEventListener('abort', () => reject(signal.reason));
        });
      }, given);
      await expect.poll(() => given.told).toContain('running');
      cancel.abort();
      expect(await outcome).toEqual({
        kind: 'cancelled',
        error: { code: 'cancelled', detail: 'The job was cancelled while it ran.' },
      });
    }
  });

  it('does not begin when its job is cancelled already', async () => {
    const given = attempt({ cancel: AbortSignal.abort() });
    expect(await run(() => expect.unreachable(), given)).toMatchObject({ kind: 'cancelled' });
  });

  it('fails for good at the deadline of its job, where that comes before its timeout', async () => {
    const deadlineMs = Date.now() + 30;
    expect(await run(forEver, attempt({ deadlineMs }))).toEqual({
      kind: 'failed',
      error: {
        code: 'deadline_exceeded',
        detail: `The job had not completed by its deadline, ${new Date(deadlineMs).toISOString()}.`,
      },
    });
  });

  it('does not begin when the deadline of its job has passed', async () => {
    const given = attempt({ deadlineMs: Date.now() - 1 });
    expect(await run(() => expect.unreachable(), given)).toMatchObject({
      kind: 'failed',
      error: { code: 'deadline_exceeded' },
    });
  });

  it.each([60_000, 315_360_000_000])(
    'is repeated after its timeout, where the deadline is %i ms away',
    async (ms) => {
      const given = attempt({ deadlineMs: Date.now() + ms, timeoutMs: 20 });
      expect(await run(forEver, given)).toMatchObject({ kind: 'retry', error: { code: 'attempt_timeout' } });
    },
  );

  it('ends as the first of several reasons says', async () => {
    const cancel = new AbortController();
    const given = attempt({ cancel: cancel.signal, timeoutMs: 50 });
    const outcome = run((_, { signal }) => {
      signal.addEventListener('abort', () => given.abort.abort());
      return forEver();
    }, given);
    cancel.abort();
    expect(await outcome).toMatchObject({ kind: 'cancelled' });
    const other = attempt({ cancel: cancel.signal });
    other.abort.abort();
    expect(await run(forEver, other)).toMatchObject({ kind: 'cancelled' });
  });

  it('lets go of its signals when it has ended', async () => {
    const cancel = new AbortController();
    const given = attempt({ cancel: cancel.signal, deadlineMs: Date.now() + 60_000 });
    await run(() => ({ n: 1 }), given);
    expect(getEventListeners(cancel.signal, 'abort')).toEqual([]);
    expect(getEventListeners(given.abort.signal, 'abort')).toEqual([]);
  });
});

describe('an attempt in a thread', () => {
  const inThread = async (module: string, given: ReturnType<typeof attempt>) => {
    const moduleUrl = new URL(`../support/${module}`, import.meta.url).href;
    const { default: definition } = await import(moduleUrl);
    return execute({ definition, moduleUrl }, given.value, parts);
  };

  it.each([
    ['its job is cancelled', 'cancelled'],
    ['the deadline of its job has come', 'failed'],
  ])('is ended with its thread when %s', async (_, kind) => {
    const cancel = new AbortController();
    const given = attempt({
      payload: { ms: 120_000 },
      cancel: cancel.signal,
      ...(kind === 'failed' ? { deadlineMs: Date.now() + 1_500 } : {}),
    });
    const outcome = inThread('job-types/spinning.ts', given);
    await expect.poll(() => given.told, { timeout: 20_000 }).toContain('from a thread');
    if (kind === 'cancelled') cancel.abort();
    expect(await outcome).toMatchObject({ kind });
    // The one thread of the pool is free again.
    const next = await inThread('job-types/spinning.ts', attempt({ payload: { ms: 1 } }));
    expect(next).toMatchObject({ kind: 'completed' });
  });

  it('that waits for a thread does not get one once its job is cancelled', async () => {
    const first = new AbortController();
    const busy = attempt({ payload: { ms: 120_000 }, cancel: first.signal });
    const running = inThread('job-types/spinning.ts', busy);
    await expect.poll(() => busy.told, { timeout: 20_000 }).toContain('from a thread');
    const second = new AbortController();
    const waiting = attempt({ payload: { ms: 1 }, cancel: second.signal, timeoutMs: 100 });
    const outcome = inThread('job-types/spinning.ts', waiting);
    second.abort();
    expect(await outcome).toMatchObject({ kind: 'cancelled' });
    expect(waiting.told).toEqual([]);
    first.abort();
    expect(await running).toMatchObject({ kind: 'cancelled' });
  });

  it('is upgraded there', async () => {
    const given = attempt({ payload: { to: 'Ada' } });
    expect(await inThread('versions/v2/greeting-card.ts', given)).toEqual({
      kind: 'completed',
      result: { text: 'Dear Ada, all the best!', version: 2 },
    });
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
