import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SharedCounts } from '../../../src/queue/limits/shared-counts.js';
import { openQueue, queueForTest, type TestQueue } from '../../support/queue.js';

const windowMs = 10_000;

/** Counts of one server; it tells only when the test says so. */
function counts({ queue, clock }: TestQueue, limit: number): SharedCounts {
  // At the beginning of a span.
  clock.nowMs -= clock.nowMs % windowMs;
  const made = new SharedCounts({ access: queue.access, name: 'test', limit, windowMs });
  made.close();
  onTestFinished(() => made.close());
  return made;
}

/** How many of so many requests are within the limit. */
const within = (server: SharedCounts, requests: number, client = 'a') =>
  Array.from({ length: requests }, () => server.count(client)).filter(({ isWithin }) => isWithin).length;

describe('SharedCounts', () => {
  it('lets as many requests through as the limit, of each client', async () => {
    const server = counts(await queueForTest(), 10);
    expect(server.count('a')).toEqual({ isWithin: true, remaining: 9, waitMs: windowMs });
    expect(within(server, 20)).toBe(9);
    expect(within(server, 20, 'b')).toBe(10);
  });

  it('slides: what was counted before stands for as much as still lies within the window', async () => {
    const test = await queueForTest();
    const server = counts(test, 10);
    expect(within(server, 20)).toBe(10);
    test.clock.nowMs += windowMs;
    expect(within(server, 20)).toBe(0);
    test.clock.nowMs += windowMs / 2;
    expect(within(server, 20)).toBe(5);
    test.clock.nowMs += 2 * windowMs;
    expect(within(server, 20)).toBe(10);
  });

  it('says when the next request may come, and is right', async () => {
    const test = await queueForTest();
    const server = counts(test, 4);
    within(server, 4);
    for (const aheadMs of [0, 3_000, 12_000]) {
      test.clock.nowMs += aheadMs;
      const { isWithin, waitMs } = server.count('a');
      if (isWithin) continue;
      test.clock.nowMs += waitMs - 10;
      expect(server.count('a').isWithin).toBe(false);
      test.clock.nowMs += 10;
      expect(server.count('a').isWithin).toBe(true);
    }
  });

  it('is shared by all servers, as soon as they have told each other', async () => {
    const one = await queueForTest();
    const other = await openQueue('sample', one.prefix);
    onTestFinished(() => other.close());
    other.clock.nowMs = one.clock.nowMs;
    const [first, second] = [counts(one, 100), counts(other, 100)];
    expect(within(first, 60)).toBe(60);
    await first.tell();
    expect(within(second, 1)).toBe(1);
    await second.tell();
    expect(within(second, 100)).toBe(39);
    await second.tell();
    expect(within(first, 1)).toBe(1);
    await first.tell();
    expect(within(first, 1)).toBe(0);
    // Also of the span before.
    for (const { clock } of [one, other]) clock.nowMs += windowMs;
    expect(within(second, 1)).toBe(0);
  });

  it('is told of what was counted just before a span was over', async () => {
    const one = await queueForTest();
    const other = await openQueue('sample', one.prefix);
    onTestFinished(() => other.close());
    other.clock.nowMs = one.clock.nowMs;
    const [first, second] = [counts(one, 100), counts(other, 100)];
    expect(within(first, 60)).toBe(60);
    for (const { clock } of [one, other]) clock.nowMs += windowMs;
    expect(within(first, 1)).toBe(1);
    await first.tell();
    expect(within(second, 1)).toBe(1);
    await second.tell();
    // Its own, the 60 of before, and what the first has counted since.
    expect(within(second, 100)).toBe(38);
  });

  it('goes on alone while Redis is away, and tells what it has counted when it is back', async () => {
    const test = await queueForTest();
    const server = counts(test, 10);
    const { connection } = test.queue.access;
    const ended = once(connection, 'end');
    connection.disconnect();
    await ended;
    expect(within(server, 6)).toBe(6);
    await server.tell();
    await connection.connect();
    await server.tell();
    const other = counts(test, 10);
    expect(within(other, 1)).toBe(1);
    await other.tell();
    expect(within(other, 20)).toBe(3);
  });
});
