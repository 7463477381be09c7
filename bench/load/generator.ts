/**
 * The load generator, a process of its own so that it takes no time from what is measured. Each connection is one of
 * undici's clients, driven by its lowest call: undici is kept by Node's own people, parses HTTP in WebAssembly, and is
 * among our dependencies already; autocannon would bring thirty more and a parser in JavaScript.
 *
 * It is told by messages what to send (`order.ts`) and answers with one each.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Client, type Dispatcher } from 'undici';
import { latencyOf } from '../measure/statistics.js';
import type { LoadOrder, LoadResult, Until } from './order.js';

/** Goes into the bodies, so that no two jobs of a run are the same work. */
let made = 0;

process.on('message', async (order: LoadOrder) => {
  process.send?.(await run(order));
});
process.once('disconnect', () => process.exit(0));
process.send?.({ kind: 'ready' });

async function run(order: LoadOrder): Promise<LoadResult> {
  const clients = Array.from(
    { length: order.connections },
    () => new Client(order.origin, { pipelining: 1 }),
  );
  const timesMs: number[] = [];
  const usageBefore = process.cpuUsage();
  const startMs = performance.now();
  const deadlineMs = startMs + order.durationMs;
  let sent = 0;
  let failure: string | undefined;

  const sendInTurn = async (client: Client) => {
    while (failure === undefined && sent < order.requestsMax && performance.now() < deadlineMs) {
      const number = sent;
      sent += 1;
      // At a given rate a request has its time; one that is late counts from then, as a client would.
      const dueMs = order.ratePerS === undefined ? undefined : startMs + (number * 1_000) / order.ratePerS;
      if (dueMs !== undefined && dueMs > performance.now()) await pause(dueMs - performance.now());
      const sentMs = dueMs ?? performance.now();
      try {
        const answer = await send(client, requestOf(order, number), order.status, order.until !== undefined);
        const answeredMs = performance.now();
        if (order.until !== undefined) await askUntilDone(client, answer, order.until);
        timesMs.push((order.until?.untimed ? answeredMs : performance.now()) - sentMs);
      } catch (error) {
        failure ??= error instanceof Error ? error.message : String(error);
      }
    }
  };
  await Promise.all(clients.map(sendInTurn));
  const elapsedMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(usageBefore);
  await Promise.all(clients.map((client) => client.destroy()));
  return {
    requests: timesMs.length,
    elapsedMs,
    latencyMs: latencyOf(timesMs),
    ownUs: (user + system) / Math.max(1, timesMs.length),
    ...(failure === undefined ? {} : { failure }),
  };
}

function requestOf(
  { method, paths, headers = {}, body }: LoadOrder,
  number: number,
): Dispatcher.DispatchOptions {
  const path = paths[number % paths.length] ?? '/';
  if (body === undefined) return { method, path, headers };
  return {
    method,
    path,
    headers: { 'content-type': 'application/json', ...headers },
    body: bodyOf(body),
  };
}

function bodyOf({ template, jobs }: NonNullable<LoadOrder['body']>): string {
  if (jobs === undefined) return one(template);
  return `[${Array.from({ length: jobs }, () => one(template)).join(',')}]`;
}

function one(template: string): string {
  made += 1;
  return template.replace('#', String(made));
}

/** Resolves with the body, where somebody wants it. */
function send(
  client: Client,
  request: Dispatcher.DispatchOptions,
  expected: number,
  wanted = false,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let status = 0;
    let text = '';
    client.dispatch(request, {
      // Undici takes a handler without it for one of its older kind.
      onRequestStart() {},
      onResponseStart(_controller, statusCode) {
        status = statusCode;
      },
      onResponseData(_controller, part) {
        if (wanted || status !== expected) text += part.toString();
      },
      onResponseEnd() {
        if (status === expected) resolve(text);
        else reject(new Error(`${request.method} ${request.path}: ${status} ${text.slice(0, 500)}`));
      },
      onResponseError(_controller, error) {
        reject(error);
      },
    });
  });
}

const untilMsMax = 10_000;

async function askUntilDone(client: Client, answer: string, until: Until): Promise<void> {
  const id = /"(?:jobId|id)":"([^"]+)"/.exec(answer)?.[1] ?? '';
  const request: Dispatcher.DispatchOptions = {
    method: until.method,
    path: until.path.replace('#', id),
    ...(until.body === undefined
      ? {}
      : { body: until.body, headers: { 'content-type': 'application/json' } }),
  };
  const deadlineMs = performance.now() + untilMsMax;
  while (!(await send(client, request, 200, true)).includes(until.done)) {
    if (performance.now() > deadlineMs) throw new Error(`${request.path}: not done after ${untilMsMax} ms`);
    await pause(until.everyMs);
  }
}
