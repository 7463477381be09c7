import { describe, expect, it } from 'vitest';
import type { JobEvent } from '../../../src/models/job-event.js';
import { connectImpatiently } from '../../../src/queue/connection.js';
import { eventIn } from '../../../src/queue/events/emit.js';
import { EventLog } from '../../../src/queue/events/event-log.js';
import { ownKeys } from '../../../src/queue/keys.js';
import { testConnection, testEvents, testJobId } from '../../support/events.js';
import { until } from '../../support/processes.js';
import { testPrefix, testRedisUrl } from '../../support/redis.js';

async function storedIn(prefix: string): Promise<JobEvent[]> {
  const entries = await testConnection().xrange(ownKeys(prefix).events, '-', '+');
  return entries.map(([, [, jobId = '', , text = '']]) => eventIn(jobId, text));
}

describe('EventLog', () => {
  it('stores each event beside the id of its job, and tells it on the channel of its job', async () => {
    const prefix = testPrefix();
    const { tell, connection } = testEvents(prefix);
    const jobId = testJobId();
    const told: string[] = [];
    const subscriber = testConnection();
    await subscriber.subscribe(ownKeys(prefix).eventsOf(jobId));
    subscriber.on('message', (_channel: string, message: string) => told.push(message));

    await tell({ jobId, kind: 'status', status: 'processing', attempt: 1 });
    const [[id = '', fields = []] = []] = await connection.xrange(ownKeys(prefix).events, '-', '+');
    expect(fields).toEqual(['job', jobId, 'event', expect.any(String)]);
    const at = expect.stringMatching(/Z$/);
    // What the id says, its type with it, is not stored twice.
    expect(JSON.parse(fields[3] ?? '')).toEqual({ kind: 'status', status: 'processing', attempt: 1, at });
    expect(eventIn(jobId, fields[3] ?? '')).toEqual({
      jobId,
      type: 'calculation',
      kind: 'status',
      status: 'processing',
      attempt: 1,
      at,
    });
    await until(() => told.length > 0);
    expect(told).toEqual([`${id} ${fields[3]}`]);
  });

  it('sends what is said in one turn as one script, in order', async () => {
    const prefix = testPrefix();
    const { log, connection } = testEvents(prefix);
    const jobId = testJobId();
    await connection.ping();
    const calls = async () =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(await connection.info('commandstats'))?.[1] ?? 0);
    await log.flush();
    const before = await calls();
    for (let line = 0; line < 300; line += 1)
      log.emit({ jobId, kind: 'log', attempt: 1, message: String(line) });
    await log.flush();
    // Other files of the run call scripts, too; 300 calls of this one would stand out.
    expect((await calls()) - before).toBeLessThan(100);
    const messages = (await storedIn(prefix)).map((event) => event.kind === 'log' && event.message);
    expect(messages).toEqual(Array.from({ length: 300 }, (_, line) => String(line)));
  });

  it('tells the first and the latest of a flood of progress, before the status that follows', async () => {
    const prefix = testPrefix();
    const { tell } = testEvents(prefix);
    const jobId = testJobId();
    const flood = Array.from(
      { length: 100 },
      (_, percent) => ({ jobId, kind: 'progress', percent }) as const,
    );
    await tell(...flood, { jobId, kind: 'status', status: 'completed', attempt: 1 });
    expect(await storedIn(prefix)).toMatchObject([
      { kind: 'progress', percent: 0 },
      { kind: 'progress', percent: 99 },
      { kind: 'status', status: 'completed' },
    ]);
  });

  it('tells the latest progress soon, also when nothing follows, and of each job by itself', async () => {
    const prefix = testPrefix();
    const { log } = testEvents(prefix);
    const [first, second] = [testJobId(), testJobId()];
    for (const jobId of [first, second])
      for (const percent of [1, 2, 3]) log.emit({ jobId, kind: 'progress', percent });
    const stored = await until(async () => {
      const events = await storedIn(prefix);
      return events.length >= 4 && events;
    });
    expect(stored).toMatchObject([
      { jobId: first, percent: 1 },
      { jobId: second, percent: 1 },
      { jobId: first, percent: 3 },
      { jobId: second, percent: 3 },
    ]);
  });

  it('keeps about as many events as it is told to', async () => {
    const prefix = testPrefix();
    const { tell, connection } = testEvents(prefix, 100);
    const jobId = testJobId();
    await tell(
      ...Array.from({ length: 1_000 }, () => ({ jobId, kind: 'log', attempt: 1, message: '' }) as const),
    );
    const length = await connection.xlen(ownKeys(prefix).events);
    expect(length).toBeGreaterThanOrEqual(100);
    expect(length).toBeLessThan(400);
  });

  it('throws nothing when Redis is away, and says so to whoever watches it', async () => {
    const connection = connectImpatiently('redis://127.0.0.1:1', 100);
    connection.on('error', () => {});
    const errors: Error[] = [];
    const log = new EventLog({
      connection,
      keys: ownKeys(testPrefix()),
      now: Date.now,
      length: 100,
      onError: (error) => errors.push(error),
    });
    log.emit({ jobId: testJobId(), kind: 'deleted' });
    await log.flush();
    expect(errors).toHaveLength(1);
    connection.disconnect();
  });

  it('tells what was said while Redis was away once it is there', async () => {
    const prefix = testPrefix();
    const connection = testConnection(testRedisUrl());
    const { tell } = testEvents(prefix, 100, connection);
    const id = await connection.client('ID');
    await testConnection().client('KILL', 'ID', id);
    await tell({ jobId: testJobId(), kind: 'deleted' });
    expect(await storedIn(prefix)).toHaveLength(1);
  });
});
