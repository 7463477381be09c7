import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Connection, connectPatiently } from '../../../src/queue/connection.js';
import { ownKeys } from '../../../src/queue/keys.js';
import { PaceReporter, readPace } from '../../../src/queue/outlook/pace.js';
import { until } from '../../support/processes.js';
import { testPrefix, testRedisUrl } from '../../support/redis.js';

let connection: Connection;
const keys = ownKeys(testPrefix());
let nowMs: number;
let type: string;
let made = 0;

beforeEach(async () => {
  connection = connectPatiently(testRedisUrl());
  await new Promise((resolve) => connection.once('ready', resolve));
  nowMs = Date.UTC(2026, 10, 20);
  type = `type_${'abcdefghij'[made++]}`;
});
afterEach(() => connection.disconnect());

const reporter = () => new PaceReporter({ connection, keys, now: () => nowMs });
const pace = () => readPace(connection, keys, type, nowMs);

/** Attempts of one length, reported at once. */
async function report(attempts: number, processingMs: number, from = reporter()): Promise<void> {
  for (let count = 0; count < attempts; count += 1) from.finished(type, processingMs);
  await from.close();
}

describe('the pace of a type', () => {
  it('is not known where no attempt has ended', async () => {
    expect(await pace()).toBeUndefined();
  });

  it('is the mean over the attempts of all workers', async () => {
    await report(3, 100);
    await report(1, 500);
    expect(await pace()).toMatchObject({ processingMs: 200, finished: 4, atMs: nowMs });
  });

  it('forgets: half of it after a minute', async () => {
    await report(10, 100);
    nowMs += 60_000;
    await report(10, 400);
    // 5 of the first still count.
    expect((await pace())?.processingMs).toBeCloseTo(300, 1);
  });

  it('keeps the mean through a pause of any length, and the rate goes to nothing', async () => {
    await report(1_000, 250);
    nowMs += 86_400_000;
    expect(await pace()).toMatchObject({ processingMs: 250 });
    expect((await pace())?.perSecond).toBeCloseTo(0, 6);
    await report(1, 50);
    expect((await pace())?.processingMs).toBeCloseTo(50, 6);
  });

  it('tells how many end in a second, soon after the start and for good', async () => {
    const from = reporter();
    for (let second = 1; second <= 600; second += 1) {
      nowMs += 1_000;
      await report(7, 10, from);
      if (second === 10) expect((await pace())?.perSecond).toBeCloseTo(7.8, 0);
    }
    expect((await pace())?.perSecond).toBeCloseTo(7, 0);
  });

  it('takes a report from a worker whose clock is behind', async () => {
    await report(1, 100);
    nowMs -= 5_000;
    await report(1, 300);
    expect(await pace()).toMatchObject({ processingMs: 200, atMs: nowMs + 5_000 });
  });
});

describe('PaceReporter', () => {
  it('reports by itself, once for all that ended within a second', async () => {
    const from = reporter();
    for (let count = 0; count < 50; count += 1) from.finished(type, 20);
    expect(await pace()).toBeUndefined();
    expect(await until(pace)).toMatchObject({ processingMs: 20, finished: 50 });
  });

  it('keeps what ended while Redis was away, and tells it later', async () => {
    const away = connectPatiently(testRedisUrl());
    const from = new PaceReporter({ connection: away, keys, now: () => nowMs });
    from.finished(type, 40);
    expect(away.status).not.toBe('ready');
    await from.close();
    await new Promise((resolve) => away.once('ready', resolve));
    from.finished(type, 60);
    await from.close();
    away.disconnect();
    expect(await pace()).toMatchObject({ processingMs: 50, finished: 2 });
  });
});
