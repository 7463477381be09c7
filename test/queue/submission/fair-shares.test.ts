import { describe, expect, it } from 'vitest';
import type { JobOptions } from '../../../src/models/job.js';
import { forgetShares } from '../../../src/queue/submission/fair-shares.js';
import { queueForTest, type TestQueue } from '../../support/queue.js';

async function submitted({ queue, newJob }: TestQueue, count: number, options: JobOptions = {}) {
  const jobs = Array.from({ length: count }, () => newJob(options));
  for (let from = 0; from < count; from += 1_000) await queue.submitAll(jobs.slice(from, from + 1_000));
  return jobs.map(({ id }) => id);
}

describe('the order of waiting jobs', () => {
  it('is the order of arrival for jobs of one key and one priority', async () => {
    const test = await queueForTest();
    const ids = await submitted(test, 50, { fairnessKey: 'a' });
    expect(await test.drain()).toEqual(ids);
  });

  it('is the order of arrival for jobs without a key', async () => {
    const test = await queueForTest();
    const ids = await submitted(test, 50);
    expect(await test.drain()).toEqual(ids);
  });

  it('starts the first job of another key within the next few of 10,000', async () => {
    const test = await queueForTest();
    await submitted(test, 10_000, { fairnessKey: 'large' });
    for (let taken = 0; taken < 20; taken++) await test.take();
    const [small] = await submitted(test, 1, { fairnessKey: 'small' });
    const next = [await test.take(), await test.take(), await test.take()];
    expect(next).toContain(small);
  });

  it('lets a job with a key pass a backlog without one, and the other way round', async () => {
    const test = await queueForTest();
    await submitted(test, 500);
    const [keyed] = await submitted(test, 1, { fairnessKey: 'a' });
    expect([await test.take(), await test.take()]).toContain(keyed);
    await submitted(test, 500, { fairnessKey: 'b' });
    for (let taken = 0; taken < 100; taken++) await test.take();
    const [late] = await submitted(test, 1, { fairnessKey: 'c' });
    expect([await test.take(), await test.take(), await test.take()]).toContain(late);
  });

  it('gives keys with a backlog the same share', async () => {
    const test = await queueForTest();
    const a = new Set(await submitted(test, 100, { fairnessKey: 'a' }));
    await submitted(test, 50, { fairnessKey: 'b' });
    const b = await submitted(test, 50, { fairnessKey: 'c' });
    const served = (await test.drain()).slice(0, 90);
    expect(served.filter((id) => a.has(id)).length).toBeGreaterThanOrEqual(29);
    expect(served.filter((id) => a.has(id)).length).toBeLessThanOrEqual(31);
    expect(served.filter((id) => b.includes(id)).length).toBeGreaterThanOrEqual(29);
  });

  it('does not pay a key for its absence', async () => {
    const test = await queueForTest();
    await submitted(test, 1, { fairnessKey: 'away' });
    const present = new Set(await submitted(test, 300, { fairnessKey: 'present' }));
    for (let taken = 0; taken < 200; taken++) await test.take();
    await submitted(test, 50, { fairnessKey: 'away' });
    const served: (string | undefined)[] = [];
    for (let taken = 0; taken < 40; taken++) served.push(await test.take());
    expect(served.filter((id) => id !== undefined && present.has(id)).length).toBeGreaterThanOrEqual(19);
  });

  it('is by priority first, whatever the keys', async () => {
    const test = await queueForTest();
    const low = await submitted(test, 2, { priority: 'low', fairnessKey: 'a' });
    const normal = await submitted(test, 3, { fairnessKey: 'b' });
    const high = await submitted(test, 2, { priority: 'high', fairnessKey: 'b' });
    const urgent = await submitted(test, 2, { priority: 'urgent' });
    expect(await test.drain()).toEqual([...urgent, ...high, ...normal, ...low]);
  });

  it('puts a job whose time has come before those of its level, and behind those of the next', async () => {
    const test = await queueForTest();
    const waiting = await submitted(test, 3);
    const [due] = await submitted(test, 1, { delayMs: 3_600_000 });
    const [urgent] = await submitted(test, 1, { priority: 'urgent' });
    await (await test.bull.getJob(due ?? ''))?.promote();
    expect(await test.drain()).toEqual([urgent, due, ...waiting]);
  });

  it('counts turns anew when a level has run empty', async () => {
    const test = await queueForTest();
    await submitted(test, 30, { fairnessKey: 'a' });
    await test.drain();
    const [first] = await submitted(test, 1, { fairnessKey: 'b' });
    const share = await test.patient.hgetall(`${test.queue.access.keys.shares('sample')}2`);
    expect(Object.keys(share).sort()).toEqual(['kb', 'now', 'tie']);
    expect(await test.take()).toBe(first);
  });

  it('forgets keys that have no backlog, when there are many', async () => {
    const test = await queueForTest();
    const keys = Array.from({ length: 1_500 }, (_, index) => `tenant ${index}`);
    await test.queue.submitAll(keys.map((fairnessKey) => test.newJob({ fairnessKey })));
    await submitted(test, 5, { fairnessKey: 'tenant 0' });
    for (let taken = 0; taken < 1_502; taken++) await test.take();
    // The virtual time moves on with the next that arrives.
    await submitted(test, 1, { fairnessKey: 'tenant 1' });
    for (let round = 0; round < 3; round++) await forgetShares(test.queue.access, 'sample');
    const share = await test.patient.hgetall(`${test.queue.access.keys.shares('sample')}2`);
    expect(Object.keys(share).length).toBeLessThanOrEqual(1_001);
    expect(share).toHaveProperty('ktenant 0');
  });
});
