import { once } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Connection, connectImpatiently, connectToListen } from '../../../src/queue/connection.js';
import { isAfter, isEntryId } from '../../../src/queue/events/entry-id.js';
import type { EventEntry } from '../../../src/queue/events/event-history.js';
import { EventHub, type Listener } from '../../../src/queue/events/event-hub.js';
import { ownKeys } from '../../../src/queue/keys.js';
import { testConnection, testEvents, testJobId } from '../../support/events.js';
import { until } from '../../support/processes.js';
import { testPrefix, testRedisUrl } from '../../support/redis.js';

interface HubUnderTest {
  hub: EventHub;
  prefix: string;
  /** For what is kept. */
  connection: Connection;
  /** Those that the hub made. */
  subscribers: Connection[];
}

async function startHub(prefix = testPrefix(), checkEveryMs?: number): Promise<HubUnderTest> {
  const connection = connectImpatiently(testRedisUrl(), 1_000);
  await until(() => connection.status === 'ready');
  const subscribers: Connection[] = [];
  const hub = new EventHub({
    connection,
    connect: () => {
      const subscriber = connectToListen(testRedisUrl(), 1_000);
      subscribers.push(subscriber);
      return subscriber;
    },
    keys: ownKeys(prefix),
    timeoutMs: 1_000,
    ...(checkEveryMs === undefined ? {} : { checkEveryMs }),
  });
  onTestFinished(() => {
    hub.close();
    connection.disconnect();
  });
  return { hub, prefix, connection, subscribers };
}

class Heard implements Listener {
  readonly entries: EventEntry[] = [];
  gaps = 0;
  isClosed = false;
  onEntry(entry: EventEntry): void {
    this.entries.push(entry);
  }
  onGap(): void {
    this.gaps += 1;
  }
  onClose(): void {
    this.isClosed = true;
  }
  get messages(): unknown[] {
    return this.entries.map(({ event }) => (event.kind === 'log' ? event.message : event.kind));
  }
}

const line = (jobId: string, message: string) => ({ jobId, kind: 'log', attempt: 1, message }) as const;

/** Subscriptions of all servers to the channel of a job. */
async function subscriptionsTo(prefix: string, jobId: string): Promise<number> {
  const [, count] = await testConnection().pubsub('NUMSUB', ownKeys(prefix).eventsOf(jobId));
  return Number(count);
}

const patterns = async () => Number(await testConnection().pubsub('NUMPAT'));

describe('EventHub', () => {
  it('gives the events of a job to all who listen to it, and to those who listen to all jobs', async () => {
    const { hub, prefix } = await startHub();
    const { tell } = testEvents(prefix);
    const [first, second] = [testJobId(), testJobId()];
    const [one, another, all] = [new Heard(), new Heard(), new Heard()];
    await hub.listen(first, one);
    await hub.listen(first, another);
    await hub.listen(undefined, all);
    await tell(line(first, 'a'), line(second, 'b'), line(first, 'c'));
    await until(() => all.entries.length === 3 && another.entries.length === 2);
    expect(all.messages).toEqual(['a', 'b', 'c']);
    expect(one.messages).toEqual(['a', 'c']);
    expect(another.entries).toEqual(one.entries);
  });

  it('connects when somebody listens, and has one subscription for a job however many do', async () => {
    const { hub, prefix, subscribers } = await startHub();
    expect(subscribers).toEqual([]);
    const jobId = testJobId();
    const leaves = await Promise.all(Array.from({ length: 1_000 }, () => hub.listen(jobId, new Heard())));
    expect(subscribers).toHaveLength(1);
    expect(await subscriptionsTo(prefix, jobId)).toBe(1);
    for (const leave of leaves.slice(1)) leave();
    expect(await subscriptionsTo(prefix, jobId)).toBe(1);
    leaves[0]?.();
    await until(async () => (await subscriptionsTo(prefix, jobId)) === 0);
  });

  it('has a pattern only while somebody listens to all jobs', async () => {
    const { hub } = await startHub();
    const before = await patterns();
    const leave = await hub.listen(undefined, new Heard());
    expect(await patterns()).toBe(before + 1);
    leave();
    await until(async () => (await patterns()) === before);
  });

  it('hears a job again that it left just now', async () => {
    const { hub, prefix } = await startHub();
    const { tell } = testEvents(prefix);
    const jobId = testJobId();
    for (let round = 0; round < 20; round += 1) {
      const heard = new Heard();
      const leave = await hub.listen(jobId, heard);
      await tell(line(jobId, String(round)));
      await until(() => heard.entries.length === 1);
      leave();
    }
  });

  it('subscribes again after its connection was lost, and gives what was told meanwhile, in order', async () => {
    const { hub, prefix, subscribers } = await startHub();
    const { tell } = testEvents(prefix);
    const [jobId, otherId] = [testJobId(), testJobId()];
    const [one, all] = [new Heard(), new Heard()];
    await hub.listen(jobId, one);
    await hub.listen(undefined, all);
    await tell(line(jobId, 'before'));
    await until(() => one.entries.length === 1);
    subscribers[0]?.disconnect(true);
    await tell(...Array.from({ length: 1_200 }, (_, n) => line(n % 2 ? otherId : jobId, String(n))));
    await until(() => all.entries.length === 1_201);
    await tell(line(jobId, 'after'));
    await until(() => all.entries.length === 1_202);
    expect(all.messages).toEqual(['before', ...Array.from({ length: 1_200 }, (_, n) => String(n)), 'after']);
    expect(one.entries).toHaveLength(602);
    expect(one.gaps).toBe(0);
  });

  it('says that there is a gap when what was told meanwhile is gone', async () => {
    const { hub, prefix, subscribers } = await startHub();
    const { tell } = testEvents(prefix, 100);
    const jobId = testJobId();
    const heard = new Heard();
    await hub.listen(jobId, heard);
    await tell(line(jobId, 'before'));
    await until(() => heard.entries.length === 1);
    subscribers[0]?.disconnect(true);
    await tell(...Array.from({ length: 1_000 }, (_, n) => line(jobId, String(n))));
    await until(() => heard.gaps === 1);
    await tell(line(jobId, 'after'));
    await until(() => heard.messages.includes('after'));
  });

  it('knows how far it is although nothing concerns it, so little is read after a loss', async () => {
    const { hub, prefix } = await startHub(undefined, 20);
    const { tell } = testEvents(prefix);
    await hub.listen(testJobId(), new Heard());
    await tell(line(testJobId(), 'of no interest'));
    await until(async () => hub.position === (await hub.history.last()));
  });

  it('fails in time when Redis is away', async () => {
    const connection = connectImpatiently('redis://127.0.0.1:1', 200);
    connection.on('error', () => {});
    const hub = new EventHub({
      connection,
      connect: () => connectToListen('redis://127.0.0.1:1', 200),
      keys: ownKeys(testPrefix()),
      timeoutMs: 200,
    });
    await expect(hub.listen(testJobId(), new Heard())).rejects.toMatchObject({ code: 'queue_unavailable' });
    hub.close();
    connection.disconnect();
  });

  it('tells its listeners when it closes, and takes no others', async () => {
    const { hub } = await startHub();
    const heard = new Heard();
    await hub.listen(testJobId(), heard);
    hub.close();
    expect(heard.isClosed).toBe(true);
    await expect(hub.listen(testJobId(), heard)).rejects.toMatchObject({ code: 'queue_unavailable' });
  });
});

describe('the history of events', () => {
  it('gives what came after an entry, of one job or of all, page by page', async () => {
    const { hub, prefix } = await startHub();
    const { tell } = testEvents(prefix);
    const [first, second] = [testJobId(), testJobId()];
    await tell(...Array.from({ length: 700 }, (_, n) => line(n % 2 ? second : first, String(n))));
    const page = await hub.history.after('0-0');
    expect(page).toMatchObject({ isEnd: false, isWhole: true });
    expect(page.entries).toHaveLength(500);
    const rest = await hub.history.after(page.lastId, second);
    expect(rest).toMatchObject({ isEnd: true, isWhole: true, lastId: await hub.history.last() });
    expect(rest.entries.map(({ event }) => event.jobId)).toEqual(Array(100).fill(second));
  });

  it('is not whole after an entry that is gone, of the future, or none', async () => {
    const { hub, prefix } = await startHub();
    const { tell } = testEvents(prefix, 100);
    const jobId = testJobId();
    await tell(line(jobId, 'first'));
    const firstId = await hub.history.last();
    expect(await hub.history.after(firstId)).toMatchObject({ isWhole: true, entries: [] });
    await tell(...Array.from({ length: 1_000 }, (_, n) => line(jobId, String(n))));
    for (const id of ['0-0', firstId, '9999999999999-0', '', 'x', '1-', '1-99999999999999999999999'])
      expect(await hub.history.after(id), id).toMatchObject({ isWhole: false });
    expect(await hub.history.after(await hub.history.first())).toMatchObject({ isWhole: true });
  });

  it('serves all who ask at once by one walk, each from where it is', async () => {
    const { hub, prefix, connection } = await startHub();
    const { tell } = testEvents(prefix);
    const jobIds = Array.from({ length: 300 }, () => testJobId());
    for (let round = 0; round < 5; round += 1)
      await tell(...jobIds.map((jobId) => line(jobId, String(round))));
    const { entries } = await hub.history.after('0-0');
    const middle = entries[450]?.id ?? '';
    const reads = vi.spyOn(connection, 'pipeline');
    const pages = await Promise.all(
      jobIds.flatMap((jobId) => [hub.history.after('0-0', jobId), hub.history.after(middle, jobId)]),
    );
    expect(reads.mock.calls.length).toBeLessThan(10);
    for (const [index, { entries, isEnd, isWhole }] of pages.entries()) {
      const jobId = jobIds[index >> 1];
      const isBehindMiddle = index >> 1 <= 150;
      const from = index % 2 === 0 ? 0 : isBehindMiddle ? 2 : 1;
      expect({ isEnd, isWhole }).toEqual({ isEnd: true, isWhole: true });
      expect(entries.map(({ event }) => event)).toMatchObject(
        ['0', '1', '2', '3', '4'].slice(from).map((message) => ({ jobId, message })),
      );
    }
  });

  it('fails for all who asked when Redis is away, and works again', async () => {
    const { hub, prefix, connection } = await startHub();
    const isBack = once(connection, 'ready');
    connection.disconnect(true);
    const asked = await Promise.allSettled([hub.history.after('0-0'), hub.history.after('0-0', testJobId())]);
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await isBack;
    await testEvents(prefix).tell(line(testJobId(), 'again'));
    expect((await hub.history.after('0-0')).entries).toHaveLength(1);
  });

  it('is whole and empty before the first event, and not whole after one of a Redis that lost it', async () => {
    const { hub } = await startHub();
    expect(await hub.history.after('0-0')).toEqual({
      entries: [],
      lastId: '0-0',
      isEnd: true,
      isWhole: true,
    });
    expect(await hub.history.after('1700000000000-0')).toMatchObject({ isWhole: false });
  });
});

describe('ids of entries', () => {
  it.each([
    ['2-0', '1-9', true],
    ['1-10', '1-9', true],
    ['10-0', '9-0', true],
    ['1-1', '1-1', false],
    ['1-1', '1-2', false],
    ['9-0', '10-0', false],
  ])('%s after %s: %s', (id, other, after) => {
    expect(isAfter(id, other)).toBe(after);
  });

  it.each(['', '1', '1-', '-1', '01-0', '1-0 ', '1-0-0', 'a-b', '1-0\n', `1-${'9'.repeat(20)}`])(
    '%j is none',
    (text) => {
      expect(isEntryId(text)).toBe(false);
    },
  );
});
