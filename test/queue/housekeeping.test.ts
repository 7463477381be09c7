import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { policyOf } from '../../src/models/policy.js';
import { Housekeeping, type HousekeepingParts } from '../../src/queue/housekeeping.js';
import { queueForTest, type TestQueue } from '../support/queue.js';

/** Rounds are made by hand. */
function housekeeping({ queue }: TestQueue, more: Partial<HousekeepingParts> = {}) {
  const errors: Error[] = [];
  const removed: string[] = [];
  const keeping = new Housekeeping({
    queue,
    types: [{ type: 'sample', policy: policyOf() }],
    tombstoneMs: 60_000,
    name: 'server 1',
    removeFiles: async (id) => void removed.push(id),
    onError: (error) => errors.push(error),
    ...more,
  });
  onTestFinished(async () => {
    await keeping.stop();
    expect(errors).toEqual([]);
  });
  return { keeping, removed };
}

const iso = (ms: number) => new Date(ms).toISOString();

describe('a job that expires', () => {
  it('fails at its time when no worker has started it, and is never run', async () => {
    const test = await queueForTest();
    const { keeping } = housekeeping(test);
    const { queue, clock } = test;
    const expiresAt = iso(clock.nowMs + 5_000);
    const waiting = test.newJob({ expiresAt });
    const scheduled = test.newJob({ expiresAt, delayMs: 60_000 });
    const lasting = test.newJob({ expiresAt: iso(clock.nowMs + 3_600_000) });
    await queue.submitAll([waiting, scheduled, lasting]);
    await keeping.round();
    expect(await queue.find(waiting.id)).toMatchObject({ status: 'pending', expiresAt });
    clock.nowMs += 6_000;
    await keeping.round();
    for (const { id } of [waiting, scheduled])
      expect(await queue.find(id)).toMatchObject({
        status: 'failed',
        error: { code: 'expired', detail: expect.stringContaining(expiresAt) },
        attempts: { made: 0 },
      });
    expect(await test.drain()).toEqual([lasting.id]);
  });

  it('is left alone once it has begun', async () => {
    const test = await queueForTest();
    const { keeping } = housekeeping(test);
    const job = test.newJob({ expiresAt: iso(test.clock.nowMs + 1_000) });
    await test.queue.submit(job);
    expect(await test.take()).toBe(job.id);
    test.clock.nowMs += 2_000;
    await keeping.round();
    expect(await test.queue.find(job.id)).toMatchObject({ status: 'processing' });
    expect(await test.patient.zcard(test.queue.access.keys.deadlines)).toBe(0);
  });
});

describe('a job with a deadline', () => {
  it('fails when it passes while the job waits', async () => {
    const test = await queueForTest();
    const { keeping } = housekeeping(test);
    const job = test.newJob({ deadlineMs: 5_000 });
    await test.queue.submit(job);
    expect(await test.queue.find(job.id)).toMatchObject({ deadlineAt: iso(test.clock.nowMs + 5_000) });
    test.clock.nowMs += 5_001;
    await keeping.round();
    expect(await test.queue.find(job.id)).toMatchObject({
      status: 'failed',
      error: { code: 'deadline_exceeded' },
    });
    expect(await test.take()).toBeUndefined();
  });

  it('is looked at again when it ran at that time, should its worker die', async () => {
    const test = await queueForTest();
    const { keeping } = housekeeping(test);
    const job = test.newJob({ deadlineMs: 5_000 });
    await test.queue.submit(job);
    await test.take();
    test.clock.nowMs += 5_001;
    await keeping.round();
    expect(await test.queue.find(job.id)).toMatchObject({ status: 'processing' });
    expect(await test.patient.zscore(test.queue.access.keys.deadlines, job.id)).not.toBeNull();
  });
});

describe('a job whose cancelling was begun by a server that died', () => {
  /** Cancels it as far as a server comes that dies when the job is taken out of where it waited. */
  async function cancelByHalves({ queue }: TestQueue, id: string): Promise<void> {
    vi.spyOn(queue.access, 'queue').mockImplementationOnce(() => {
      throw new Error('died');
    });
    await expect(queue.changes.cancel(id)).rejects.toMatchObject({ code: 'queue_unavailable' });
  }

  it('is ended with its children after a while, although no worker of its type is there', async () => {
    const test = await queueForTest();
    const { keeping } = housekeeping(test);
    const { queue, clock, patient, prefix } = test;
    const child = test.newJob();
    const parent = test.newJob({}, { children: [child] });
    await queue.submit(parent);
    await cancelByHalves(test, parent.id);
    await keeping.round();
    expect(await queue.get(parent.id)).toMatchObject({ status: 'pending' });
    clock.nowMs += 10_000;
    await keeping.round();
    for (const { id } of [parent, child])
      expect(await queue.get(id)).toMatchObject({
        status: 'cancelled',
        error: { code: 'cancelled' },
        attempts: { made: 0 },
      });
    expect(await patient.llen(`${prefix}:sample:active`)).toBe(0);
    expect(await patient.zcard(queue.access.keys.deadlines)).toBe(0);
  });

  it('is left to a worker that has it meanwhile, until that has ended it', async () => {
    const test = await queueForTest();
    const { keeping } = housekeeping(test);
    const { queue, clock, patient } = test;
    const job = test.newJob();
    await queue.submit(job);
    await test.take();
    await queue.changes.cancel(job.id);
    clock.nowMs += 10_000;
    await keeping.round();
    expect(await queue.get(job.id)).toMatchObject({ status: 'processing' });
    expect(await patient.zscore(queue.access.keys.deadlines, job.id)).toBe(String(clock.nowMs + 10_000));
  });
});

describe('retention', () => {
  const retention = { completedAgeMs: 10_000, failedAgeMs: 100_000, countMax: 100 };
  const types = [{ type: 'sample', policy: policyOf({ retention }) }];

  it('removes what is too old, with its files and all that was kept of it, and says that it is gone', async () => {
    const test = await queueForTest();
    const { keeping, removed } = housekeeping(test, { types });
    const { queue, clock, patient, prefix } = test;
    const job = test.newJob({ tags: ['a'], priority: 'high' });
    await queue.submit(job);
    await test.drain();
    await keeping.round();
    expect(await queue.get(job.id)).toMatchObject({ status: 'completed' });
    clock.nowMs += 11_000;
    await keeping.round();
    expect(removed).toEqual([job.id]);
    await expect(queue.get(job.id)).rejects.toMatchObject({ code: 'job_gone' });
    const left = (await patient.keys(`${prefix}*`)).filter((key) => key.includes(job.id));
    expect(left).toEqual([]);
    for (const key of [queue.access.keys.created('sample'), queue.access.keys.tag('a')])
      expect(await patient.zcard(key)).toBe(0);
  });

  it('keeps failed jobs as long as the policy says of them', async () => {
    const test = await queueForTest();
    const { keeping } = housekeeping(test, { types });
    const job = test.newJob();
    await test.queue.submit(job);
    await test.queue.changes.cancel(job.id);
    test.clock.nowMs += 11_000;
    await keeping.round();
    expect(await test.queue.get(job.id)).toMatchObject({ status: 'cancelled' });
    test.clock.nowMs += 100_000;
    await keeping.round();
    await expect(test.queue.get(job.id)).rejects.toMatchObject({ code: 'job_gone' });
    expect(await test.patient.zcard(test.queue.access.keys.error(job.type, 'cancelled'))).toBe(0);
  });

  it('removes the oldest of too many', async () => {
    const test = await queueForTest();
    const few = [{ type: 'sample', policy: policyOf({ retention: { countMax: 3 } }) }];
    const { keeping } = housekeeping(test, { types: few });
    const jobs = Array.from({ length: 5 }, () => test.newJob());
    await test.queue.submitAll(jobs);
    const order = await test.drain();
    await keeping.round();
    const left = await Promise.all(order.map((id) => test.queue.find(id)));
    expect(left.filter((job) => job !== undefined).length).toBe(3);
  });

  it('forgets tombstones after their time', async () => {
    const test = await queueForTest();
    const { keeping } = housekeeping(test, { types });
    const job = test.newJob();
    await test.queue.submit(job);
    await test.drain();
    await test.queue.changes.remove(job.id);
    await expect(test.queue.get(job.id)).rejects.toMatchObject({ code: 'job_gone' });
    test.clock.nowMs += 60_001;
    await keeping.round();
    await expect(test.queue.get(job.id)).rejects.toMatchObject({ code: 'job_not_found' });
  });
});

describe('several servers', () => {
  it('keep house one at a time, and another goes on when the first has stopped', async () => {
    const test = await queueForTest();
    let first = 0;
    let second = 0;
    const one = housekeeping(test, { name: 'server 1', tasks: [async () => first++] });
    const two = housekeeping(test, { name: 'server 2', tasks: [async () => second++] });
    await one.keeping.round();
    await two.keeping.round();
    await one.keeping.round();
    expect([first >= 2, second]).toEqual([true, 0]);
    await one.keeping.stop();
    await two.keeping.round();
    expect(second).toBeGreaterThanOrEqual(1);
  });

  it('lose the lease when they are silent', async () => {
    const test = await queueForTest();
    const { keeping } = housekeeping(test);
    await keeping.round();
    const ttl = await test.patient.pttl(test.queue.access.keys.housekeeper);
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(10_000);
  });
});
