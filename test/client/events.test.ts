/** The client's streams, against a server that loses connections when a test says so. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { JobwrightClient, JobwrightError } from '../../src/client/index.js';

async function clientOf(listener: RequestListener): Promise<JobwrightClient> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return new JobwrightClient({ url: `http://127.0.0.1:${port}`, apiKey: 'jw_test_key' });
}

it('go on after the latest event that was told, with the key in a header, when the connection breaks', async () => {
  const heads: (string | string[] | undefined)[][] = [];
  const jobwright = await clientOf(({ headers, url }, response) => {
    heads.push([url, headers.authorization, headers['last-event-id']]);
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    // In two pieces, in the middle of a line, with the line ends that the standard allows.
    response.write('retry: 10\r\n\r\nid: 1-0\r\nevent: pro');
    const rest = 'gress\r\ndata: {"percent":\r\ndata: 40}\r\n\r\n';
    if (heads.length === 1) setImmediate(() => response.write(rest, () => response.destroy()));
    if (heads.length === 2)
      response.end('gress\ndata: {}\n\nid: 2-0.end\nevent: end\ndata: {"jobId":"a"}\n\n');
  });
  const states: string[] = [];
  const told = [];
  for await (const event of jobwright.jobs.events('a', { onState: (state) => states.push(state) }))
    told.push(event);
  expect(told).toEqual([
    { id: '1-0', kind: 'progress', data: { percent: 40 } },
    { id: '1-0', kind: 'progress', data: {} },
    { id: '2-0.end', kind: 'end', data: { jobId: 'a' } },
  ]);
  expect(states).toEqual(['open', 'lost', 'open']);
  expect(heads).toEqual([
    ['/api/jobs/a/events', 'Bearer jw_test_key', undefined],
    ['/api/jobs/a/events', 'Bearer jw_test_key', '1-0'],
  ]);
});

it('end where the end is known already', async () => {
  const jobwright = await clientOf((_request, response) => response.writeHead(204).end());
  const { done } = await jobwright.jobs.events('a', { lastEventId: '2-0.end' }).next();
  expect(done).toBe(true);
});

it('reject where the API refuses, and do not come again', async () => {
  let requests = 0;
  const jobwright = await clientOf((_request, response) => {
    requests += 1;
    response.writeHead(404, { 'Content-Type': 'application/problem+json' });
    response.end(JSON.stringify({ code: 'job_not_found', status: 404, title: 'No job', detail: 'None.' }));
  });
  await expect(jobwright.jobs.events('a').next()).rejects.toMatchObject({ code: 'job_not_found' });
  expect(requests).toBe(1);
});

it('end with their signal, and close the connection', async () => {
  let closed = () => {};
  const isClosed = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const jobwright = await clientOf((_request, response) => {
    response.on('close', closed);
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('id: 1-0\nevent: deleted\ndata: {}\n\n');
  });
  const abort = new AbortController();
  const events = jobwright.events({ signal: abort.signal });
  expect((await events.next()).value).toMatchObject({ kind: 'deleted' });
  const next = events.next();
  abort.abort(new Error('enough'));
  await expect(next).rejects.toThrow('enough');
  await isClosed;
});

it('a request that can arrive twice is sent again, one that cannot is not', async () => {
  const seen: (string | undefined)[] = [];
  const jobwright = await clientOf(({ method }, response) => {
    seen.push(method);
    response.writeHead(503, { 'Retry-After': '0' }).end('<h1>Bad gateway</h1>');
  });
  const refused = { code: 'unreadable_answer', status: 503 };
  await expect(jobwright.jobs.get('a')).rejects.toMatchObject(refused);
  await expect(jobwright.jobs.submit({ type: 'a', payload: {} })).rejects.toBeInstanceOf(JobwrightError);
  const keyed = jobwright.jobs.submit({ type: 'a', payload: {} }, { idempotencyKey: 'k' });
  await expect(keyed).rejects.toMatchObject(refused);
  expect(seen).toEqual(['GET', 'GET', 'GET', 'POST', 'POST', 'POST', 'POST']);
});
