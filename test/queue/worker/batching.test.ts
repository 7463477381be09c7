/** A worker that ends and takes jobs many at a time, on queues that BullMQ's own classes use at the same time. */
import { FlowProducer, QueueEvents, Worker } from 'bullmq';
import { expect, it, onTestFinished } from 'vitest';
import { queueKeys } from '../../../src/queue/keys.js';
import { until } from '../../support/processes.js';
import { queueForTest } from '../../support/queue.js';
import { allCompleted, echo, startWorker, submitMany } from './start-worker.js';

it('shares its queue with a Worker of BullMQ: each job is run once, by one of them', async () => {
  const test = await queueForTest();
  const ran: string[] = [];
  const ours = startWorker(test);
  const bull = new Worker(
    'sample',
    async (job) => {
      ran.push(job.id ?? '');
      return echo(job.data as { payload: unknown });
    },
    { connection: test.patient, prefix: test.prefix, concurrency: 20 },
  );
  onTestFinished(() => bull.close());
  const ids = await submitMany(test, 300);
  await allCompleted(test, 300);
  expect([...ours.ran, ...ran].sort()).toEqual([...ids].sort());
  expect(ours.errors).toEqual([]);
  expect(await test.bull.getJobCounts('active', 'prioritized', 'failed')).toEqual({
    active: 0,
    prioritized: 0,
    failed: 0,
  });
});

it('runs jobs of a Queue of BullMQ, whose getters and events say so', async () => {
  const test = await queueForTest();
  const heard = new Map<string, unknown>();
  const events = new QueueEvents('sample', { connection: test.patient, prefix: test.prefix });
  onTestFinished(() => events.close());
  await events.waitUntilReady();
  events.on('completed', ({ jobId, returnvalue }) => heard.set(jobId, returnvalue));
  const { errors } = startWorker(test);
  const options = [{}, { priority: 7 }, { delay: 20 }, { priority: 9, delay: 20 }, { lifo: true }];
  const added = await test.bull.addBulk(
    options.map((opts, n) => ({ name: 'foreign', data: { payload: n }, opts })),
  );
  await until(() => heard.size === options.length);
  for (const [n, job] of added.entries()) {
    expect(heard.get(job.id ?? '')).toEqual({ echo: n });
    expect(await job.getState()).toBe('completed');
    expect(await test.bull.getJob(job.id ?? '')).toMatchObject({ returnvalue: { echo: n }, attemptsMade: 1 });
  }
  expect(errors).toEqual([]);
});

it('leaves to BullMQ what is more than a job: parents, and what is removed on completion', async () => {
  const test = await queueForTest();
  const flow = new FlowProducer({ connection: test.patient, prefix: test.prefix });
  onTestFinished(() => flow.close());
  const { errors } = startWorker(test);
  const child = (n: number) => ({
    name: 'child',
    queueName: 'sample',
    data: { payload: n },
    opts: { priority: 5 },
  });
  const { job } = await flow.add({
    name: 'parent',
    queueName: 'sample',
    data: { payload: 'parent' },
    opts: { priority: 5 },
    children: [child(1), child(2)],
  });
  await until(async () => (await job.getState()) === 'completed');
  expect(Object.values(await job.getChildrenValues())).toEqual(
    expect.arrayContaining([{ echo: 1 }, { echo: 2 }]),
  );
  const removed = await test.bull.add('once', { payload: 3 }, { priority: 5, removeOnComplete: true });
  await until(async () => (await test.bull.getJob(removed.id ?? '')) === undefined);
  expect(await test.bull.getCompletedCount()).toBe(3);
  expect(errors).toEqual([]);
});

it('starts nothing while the queue is paused, and all when it is resumed', async () => {
  const test = await queueForTest();
  await test.queue.setPaused('sample', true);
  const { ran } = startWorker(test);
  const ids = await submitMany(test, 30);
  await test.bull.getJobCounts();
  expect(ran).toEqual([]);
  await test.queue.setPaused('sample', false);
  await allCompleted(test, 30);
  expect([...ran].sort()).toEqual([...ids].sort());
});

it('does not record the end of a job whose lock it has lost', async () => {
  const test = await queueForTest();
  const { lock } = queueKeys(test.prefix, 'sample');
  const started = startWorker(test, async ({ jobId }) => {
    await test.patient.set(lock(jobId), 'of another worker');
    return {};
  });
  const [id = ''] = await submitMany(test, 1);
  await until(() => started.errors.some((error) => error.includes(id)));
  expect(await test.queue.find(id)).toMatchObject({ status: 'processing' });
  expect(started.ran).toEqual([id]);
});

it.each([
  ['many at a time', true],
  ['one at a time', false],
])('tells what happens to each job in order, %s', async (_, batches) => {
  const test = await queueForTest();
  startWorker(
    test,
    ({ log, payload }) => (Number((payload as { n: number }).n) % 2 === 0 ? log('even') : 0),
    batches,
  );
  const ids = await submitMany(test, 20);
  await allCompleted(test, 20);
  const told = async () => {
    const byJob = new Map<string, string[]>();
    for (const [, [, job = '', , event = '']] of await test.patient.xrange(
      test.queue.access.keys.events,
      '-',
      '+',
    )) {
      const { kind, status, attempt } = JSON.parse(event) as Record<string, unknown>;
      byJob.set(job, [...(byJob.get(job) ?? []), [status ?? kind, attempt].join(' ')]);
    }
    return byJob;
  };
  await until(async () => [...(await told()).values()].every((events) => events.at(-1) === 'completed 1'));
  const events = await told();
  for (const id of ids) {
    const { payload } = (await test.queue.get(id)) as { payload: { n: number } };
    const log = payload.n % 2 === 0 ? ['log 1'] : [];
    expect(events.get(id)).toEqual(['pending ', 'processing 1', ...log, 'completed 1']);
  }
});
