import { describe, expect, it } from 'vitest';
import type { JobOptions } from '../../../src/models/job.js';
import { askOldest, oldestFrom, prepareOldest } from '../../../src/queue/outlook/oldest-waiting.js';
import { queueForTest, type TestQueue } from '../../support/queue.js';

async function oldestMs({ queue, prefix }: TestQueue): Promise<number | undefined> {
  const { connection } = queue.access;
  prepareOldest(connection);
  const commands = connection.pipeline();
  askOldest(commands, prefix, 'sample');
  const [answer] = await queue.access.answers(commands);
  return oldestFrom(answer);
}

async function submitAt(test: TestQueue, ms: number, options: JobOptions = {}): Promise<string> {
  test.clock.nowMs = ms;
  const job = test.newJob(options);
  await test.queue.submit(job);
  return job.id;
}

const startMs = 1_764_000_000_000;

describe('the oldest job that waits', () => {
  it('is none where none waits', async () => {
    expect(await oldestMs(await queueForTest())).toBeUndefined();
  });

  it('is the first of the first come, first served, and then the next', async () => {
    const test = await queueForTest();
    for (const offset of [0, 10, 20]) await submitAt(test, startMs + offset);
    expect(await oldestMs(test)).toBe(startMs);
    await test.take();
    expect(await oldestMs(test)).toBe(startMs + 10);
  });

  it('is found behind more urgent ones', async () => {
    const test = await queueForTest();
    await submitAt(test, startMs, { priority: 'low' });
    for (let number = 1; number <= 30; number += 1)
      await submitAt(test, startMs + number, { priority: 'urgent' });
    expect(await oldestMs(test)).toBe(startMs);
  });

  it('is found however many fairness keys take turns, each with a backlog', async () => {
    const test = await queueForTest();
    const keys = Array.from({ length: 40 }, (_, number) => `tenant-${number}`);
    const waiting: number[] = [];
    let ms = startMs;
    for (const fairnessKey of keys)
      for (let number = 0; number < 3; number += 1) {
        ms += 1;
        waiting.push(ms);
        await submitAt(test, ms, { fairnessKey });
      }
    for (let taken = 0; taken < 119; taken += 1) {
      const id = (await test.take()) ?? '';
      const createdMs = Number(await test.patient.hget(`${test.prefix}:sample:${id}`, 'timestamp'));
      waiting.splice(waiting.indexOf(createdMs), 1);
      expect(await oldestMs(test)).toBe(Math.min(...waiting));
    }
  });

  it('counts one whose time has come from that time', async () => {
    const test = await queueForTest();
    const id = await submitAt(test, startMs, { delayMs: 5_000 });
    expect(await oldestMs(test)).toBeUndefined();
    await test.queue.changes.promote(id);
    expect(await oldestMs(test)).toBe(startMs + 5_000);
  });
});
