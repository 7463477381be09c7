import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { policyOf } from '../../../src/models/policy.js';
import { type ScheduleDefinition, schedulesMax } from '../../../src/models/schedule.js';
import { answered, connectImpatiently } from '../../../src/queue/connection.js';
import { JobQueue, type NewJob } from '../../../src/queue/job-queue.js';
import { ownKeys } from '../../../src/queue/keys.js';
import { Schedules, type Submit } from '../../../src/queue/schedules/schedules.js';
import { testPrefix, testRedisUrl } from '../../support/redis.js';

const startMs = Date.parse('2026-03-01T10:00:00Z');
let clock = startMs;
const now = () => clock;
const known = { version: 1, policy: policyOf() };
const definitionOf = (type: string) => (type === 'sample' ? known : undefined);

/** Two servers, each with its own connection. */
let prefix: string;
let queues: [JobQueue, JobQueue];
let first: Schedules;
let second: Schedules;

/** Each test has a prefix that nobody has used. */
beforeEach(async () => {
  prefix = testPrefix();
  clock = startMs;
  queues = [await openQueue(), await openQueue()];
  [first, second] = [
    new Schedules(queues[0].access, definitionOf),
    new Schedules(queues[1].access, definitionOf),
  ];
});
afterEach(async () => {
  await Promise.all(queues.map((queue) => queue.close()));
});

async function openQueue(): Promise<JobQueue> {
  const connection = connectImpatiently(testRedisUrl(), 5_000);
  const queue = new JobQueue({ connection, prefix, timeoutMs: 5_000, eventsMax: 1_000, now });
  await queue.open(['sample']);
  return queue;
}

const scheduleOf = (more: Partial<ScheduleDefinition> = {}): ScheduleDefinition => ({
  id: 's',
  type: 'sample',
  version: 1,
  payload: { n: 1 },
  everyMs: 1_000,
  paused: false,
  createdAt: new Date(clock).toISOString(),
  updatedAt: new Date(clock).toISOString(),
  ...more,
});

/** A stand-in for the queue: what was submitted, in order. */
function recording(): { submit(job: NewJob): Promise<unknown>; jobs: NewJob[]; ids(): string[] } {
  const jobs: NewJob[] = [];
  return {
    jobs,
    ids: () => jobs.map(({ id }) => id),
    submit: async (job) => void jobs.push(job),
  };
}

describe('create', () => {
  it('leaves one, however many servers create it at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? first : second).create(scheduleOf())),
    );
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    for (const { schedule } of answers)
      expect(schedule).toEqual({ ...scheduleOf(), nextRunAt: '2026-03-01T10:00:01.000Z' });
    expect((await first.list({ limit: 10 })).schedules).toHaveLength(1);
  });

  it('leaves one alone that is paused and asks for the same', async () => {
    await first.create(scheduleOf({ paused: true }));
    clock += 5_000;
    const { schedule, created } = await second.create(scheduleOf());
    expect({ created, paused: schedule.paused }).toEqual({ created: false, paused: true });
  });

  it.each([
    ['another payload', { payload: { n: 2 } }],
    ['another interval', { everyMs: 2_000 }],
    ['options', { options: { priority: 'high' as const } }],
  ])('refuses %s under the same id', async (_, more) => {
    await first.create(scheduleOf());
    await expect(first.create(scheduleOf(more))).rejects.toMatchObject({ code: 'schedule_exists' });
  });

  it('refuses one more than there may be', async () => {
    const others = Object.fromEntries(
      Array.from({ length: schedulesMax }, (_, index) => [`s${index}`, '{}']),
    );
    await queues[0].access.connection.hset(ownKeys(prefix).schedules, others);
    await expect(first.create(scheduleOf())).rejects.toMatchObject({ code: 'too_many_schedules' });
  });
});

describe('list', () => {
  it('gives every schedule once, page by page, in the order of ids', async () => {
    for (const id of ['b', 'a', 'd', 'c', 'e']) await first.create(scheduleOf({ id }));
    const pages: string[][] = [];
    for (let after: string | undefined = ''; after !== undefined; ) {
      const { schedules, more } = await first.list({ after, limit: 2 });
      pages.push(schedules.map(({ id }) => id));
      after = more ? schedules.at(-1)?.id : undefined;
    }
    expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });
});

describe('runDue', () => {
  it('does nothing before the time', async () => {
    await first.create(scheduleOf());
    clock += 999;
    const { submit, jobs } = recording();
    await first.runDue(submit);
    expect(jobs).toEqual([]);
  });

  it('submits the job with the tag of its schedule, and moves on', async () => {
    await first.create(scheduleOf({ options: { tags: ['own'], priority: 'high' }, version: 3 }));
    clock += 1_300;
    const { submit, jobs } = recording();
    await first.runDue(submit);
    expect(jobs).toEqual([
      {
        id: expect.stringMatching(/^sample_[0-9a-z]{26}$/),
        type: 'sample',
        version: 3,
        payload: { n: 1 },
        options: { tags: ['own', 'schedule:s'], priority: 'high' },
        policy: known.policy,
      },
    ]);
    expect(await first.find('s')).toMatchObject({
      lastRunAt: '2026-03-01T10:00:01.000Z',
      lastJobId: jobs[0]?.id,
      nextRunAt: '2026-03-01T10:00:02.000Z',
    });
  });

  it('makes exactly one job for each run, with two servers at once, many times', async () => {
    await first.create(scheduleOf({ id: 'interval' }));
    await second.create(scheduleOf({ id: 'cron', everyMs: undefined, cron: '* * * * * *', timeZone: 'UTC' }));
    const { submit: record, ids } = recording();
    const runs = 60;
    for (let run = 0; run < runs; run++) {
      clock += 1_000;
      await Promise.all(
        [first, second, first, second].map((server, index) =>
          server.runDue(async (job) => {
            await queues[index % 2 === 0 ? 0 : 1].submit(job);
            await record(job);
          }),
        ),
      );
    }
    expect(new Set(ids()).size).toBe(2 * runs);
    expect(await queues[0].access.connection.zcard(`${prefix}:sample:prioritized`)).toBe(2 * runs);
  });

  it('makes the same job again, not another, when a server died before it had moved the schedule', async () => {
    await first.create(scheduleOf());
    clock += 1_000;
    const died = recording();
    const crash = async (job: NewJob) => {
      await died.submit(job);
      throw new Error('died');
    };
    await expect(first.runDue(crash)).rejects.toThrow('died');
    clock += 700;
    const { submit, ids } = recording();
    await second.runDue(submit);
    expect(ids()).toEqual(died.ids());
  });

  it('makes up for a few seconds, and after a longer time away makes the latest run only', async () => {
    await first.create(scheduleOf());
    clock += 3_000;
    const few = recording();
    await first.runDue(few.submit);
    expect(few.jobs).toHaveLength(3);
    clock += 3_600_000;
    const many = recording();
    await Promise.all([first.runDue(many.submit), second.runDue(many.submit)]);
    expect(new Set(many.ids()).size).toBe(1);
    expect(await first.find('s')).toMatchObject({
      lastRunAt: new Date(clock).toISOString(),
      nextRunAt: new Date(clock + 1_000).toISOString(),
    });
  });

  it('leaves a type that it does not know to others, and is not held up by one schedule that fails', async () => {
    await first.create(scheduleOf({ id: 'a', type: 'elsewhere' }));
    await first.create(scheduleOf({ id: 'b', payload: 'bad' }));
    await first.create(scheduleOf({ id: 'c' }));
    clock += 1_000;
    const { submit, jobs } = recording();
    const picky: Submit = async (job) => {
      if (job.payload === 'bad') throw new Error('refused');
      await submit(job);
    };
    await expect(first.runDue(picky)).rejects.toThrow('refused');
    expect(jobs.map(({ options }) => options.tags)).toEqual([['schedule:c']]);
    expect((await first.find('a'))?.lastRunAt).toBeUndefined();
  });

  it('stops at once where the queue does not answer, and goes on the next time', async () => {
    await first.create(scheduleOf({ id: 'a' }));
    await first.create(scheduleOf({ id: 'b' }));
    clock += 1_000;
    let asked = 0;
    const away: Submit = () => {
      asked++;
      return answered(1_000, () => Promise.reject(new Error('away')));
    };
    await expect(first.runDue(away)).rejects.toMatchObject({ code: 'queue_unavailable' });
    expect(asked).toBe(1);
    const { submit, jobs } = recording();
    await first.runDue(submit);
    expect(jobs).toHaveLength(2);
  });

  it('does not move a schedule that was changed while its job was submitted', async () => {
    await first.create(scheduleOf());
    clock += 1_000;
    await first.runDue(async () => {
      await second.change('s', (held) => ({ ...held, everyMs: 60_000 }));
    });
    expect(await first.find('s')).toMatchObject({ everyMs: 60_000, nextRunAt: '2026-03-01T10:01:00.000Z' });
  });

  it('makes nothing of a schedule that is paused, and no runs of that time later', async () => {
    await first.create(scheduleOf());
    await first.change('s', (held) => ({ ...held, paused: true }));
    clock += 5_500;
    const { submit, jobs } = recording();
    await first.runDue(submit);
    expect((await first.find('s'))?.nextRunAt).toBeUndefined();
    await first.change('s', (held) => ({ ...held, paused: false }));
    await first.runDue(submit);
    expect(jobs).toEqual([]);
    expect((await first.find('s'))?.nextRunAt).toBe('2026-03-01T10:00:06.000Z');
  });
});

describe('change', () => {
  it('loses no change of several at once', async () => {
    await first.create(scheduleOf({ payload: [] }));
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? first : second).change('s', (held) => ({
          ...held,
          payload: [...(held.payload as number[]), index],
        })),
      ),
    );
    const payload = (await first.find('s'))?.payload as number[];
    expect(payload.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  it('leaves a run that is due as it is, where the times stay', async () => {
    await first.create(scheduleOf());
    clock += 1_500;
    await first.change('s', (held) => ({ ...held, payload: { n: 2 } }));
    const { submit, jobs } = recording();
    await first.runDue(submit);
    expect(jobs.map(({ payload }) => payload)).toEqual([{ n: 2 }]);
  });

  it('knows no schedule that is not there', async () => {
    expect(await first.change('s', (held) => held)).toBeUndefined();
  });
});

describe('remove', () => {
  it('leaves nothing behind, and can be repeated', async () => {
    await first.create(scheduleOf());
    clock += 1_000;
    await first.runDue(recording().submit);
    await first.remove('s');
    await first.remove('s');
    const { schedules, schedulesDue, schedulesRan } = ownKeys(prefix);
    expect(await queues[0].access.connection.exists(schedules, schedulesDue, schedulesRan)).toBe(0);
  });
});
