/**
 * Clients that submit jobs, read them and cancel some, as long as they are let, and probes that ask each API server
 * whether it is ready. Who has an idempotency key asks again, at another server, until it is told that its job is there.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { JobBody } from '../support/api.js';
import { ask } from './exchange.js';
import type { Fleet, FleetServer } from './fleet.js';
import type { Ledger, Submission } from './ledger.js';
import type { Chance } from './random.js';

const probeEveryMs = 150;
/** Between two requests of a client, in milliseconds. */
const pauseMsMax = 120;

export interface Load {
  /** Resolves when every client has had its last answer; those with a key have their job by then. */
  stop(): Promise<void>;
}

export function startLoad(fleet: Fleet, ledger: Ledger, chance: Chance, clients = 8): Load {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = [
    ...Array.from({ length: clients }, () => runClient(fleet, ledger, chance.fork(), signal)),
    ...fleet.apiServers.map((server) => probe(server, ledger, signal)),
  ];
  return {
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

async function runClient(fleet: Fleet, ledger: Ledger, chance: Chance, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const known = ledger.submissions.at(-chance.between(1, 50));
    const [id] = known?.ids ?? [];
    const deed = chance.next();
    if (deed < 0.7 || known === undefined || id === undefined) await submit(fleet, ledger, chance);
    else if (deed < 0.95) await read(chance.oneOf(fleet.apiServers), ledger, id);
    else await cancel(chance.oneOf(fleet.apiServers), ledger, known, id);
    await pause(chance.between(1, pauseMsMax));
  }
}

async function submit(fleet: Fleet, ledger: Ledger, chance: Chance): Promise<void> {
  const isHeavy = chance.isTrue(0.1);
  const submission: Submission = {
    number: ledger.submissions.length + 1,
    type: isHeavy ? 'heavy_entry' : 'ledger_entry',
    end: isHeavy ? 'complete' : chance.oneOf(['complete', 'complete', 'complete', 'fail', 'fail once']),
    ...(chance.isTrue(0.7) ? { key: `key-${ledger.submissions.length + 1}` } : {}),
    ids: new Set(),
    untold: 0,
    isCancelAsked: false,
  };
  ledger.submissions.push(submission);
  const ms = chance.isTrue(0.1) ? chance.between(300, 1_500) : chance.between(0, 150);
  const { type, number, end, key } = submission;
  for (;;) {
    const { answer, body } = await ask(ledger, 'submit', chance.oneOf(fleet.apiServers), '/api/jobs', {
      method: 'POST',
      body: { type, payload: { folder: fleet.effectsFolder, number, ms, end } },
      headers: key === undefined ? {} : { 'Idempotency-Key': key },
      waitMs: chance.isTrue(0.1) ? 1_000 : 0,
    });
    if (answer === 202 || answer === 200) {
      const { jobId, id } = body as { jobId?: string; id?: string };
      return ledger.acknowledge(submission, jobId ?? id ?? '');
    }
    // A 503 says that Redis did not answer in time: it may have heard all the same.
    if (answer === 503 || (typeof answer === 'string' && answer !== 'refused')) submission.untold += 1;
    else if (typeof answer === 'number')
      ledger.violations.push(`submission ${number} was answered ${answer}: ${JSON.stringify(body)}`);
    if (key === undefined) return;
    await pause(chance.between(50, 300));
  }
}

async function read(server: FleetServer, ledger: Ledger, id: string): Promise<void> {
  const { answer, body } = await ask(ledger, 'read', server, `/api/jobs/${id}`);
  if (answer === 200) ledger.see(body as JobBody);
  else if (typeof answer === 'number' && answer !== 503)
    ledger.violations.push(`${id}, which was acknowledged, is answered ${answer}: ${JSON.stringify(body)}`);
}

async function cancel(server: FleetServer, ledger: Ledger, known: Submission, id: string): Promise<void> {
  known.isCancelAsked = true;
  const { answer, body } = await ask(ledger, 'cancel', server, `/api/jobs/${id}/cancel`, { method: 'POST' });
  if (typeof answer === 'number' && ![200, 202, 409, 503].includes(answer))
    ledger.violations.push(`the cancelling of ${id} was answered ${answer}: ${JSON.stringify(body)}`);
}

async function probe(server: FleetServer, ledger: Ledger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await Promise.all((['readyz', 'livez'] as const).map((what) => ask(ledger, what, server, `/${what}`)));
    await pause(probeEveryMs);
  }
}

/** Resolves when every acknowledged job has ended, or with those that have not after this long. */
export async function settle(fleet: Fleet, ledger: Ledger, msMax: number): Promise<string[]> {
  const untilMs = Date.now() + msMax;
  const open = new Set(ledger.acknowledgedIds);
  while (open.size > 0 && Date.now() < untilMs) {
    const [server] = fleet.apiServers;
    if (server === undefined) break;
    for (const id of open) {
      await read(server, ledger, id);
      if (ledger.ends.has(id)) open.delete(id);
      if (Date.now() > untilMs) break;
    }
    await pause(100);
  }
  return [...open];
}
