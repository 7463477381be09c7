/** Holds what happened against what is promised: the ledger, the traces that jobs left, Redis, and what was broken when. */
import { basename } from 'node:path';
import { queueKeys } from '../../src/queue/keys.js';
import type { Fleet, Span } from './fleet.js';
import { sideEffectsIn } from './job-types/support/side-effects.js';
import type { Exchange, Ledger, Submission } from './ledger.js';

/** Every request is answered within this time, in milliseconds: a 503 within 2 s, and something for a busy machine. */
const answerMsMax = 3_500;
/** A submission asks Redis several times; with a slow network each answer may take its limit. */
const slowAnswerMsMax = 8_000;
/** How long a server may take to see that Redis is away, and that it is back. */
const noticeMs = 200;
const recoverMsMax = 3_000;
/** A job that has lost this many workers is given up. */
const lossesMin = 3;

export interface Figures {
  submitted: number;
  acknowledged: number;
  completed: number;
  failed: number;
  cancelled: number;
  /** Runs that were begun; those beyond one for each attempt are work done again. */
  runs: number;
  requests: number;
  refused503: number;
  unanswered: number;
  answerMsMedian: number;
  answerMs99: number;
  answerMsMax: number;
}

export interface Verdict {
  violations: string[];
  figures: Figures;
}

export async function judge(fleet: Fleet, ledger: Ledger, unsettled: readonly string[]): Promise<Verdict> {
  const violations = [
    ...ledger.violations,
    ...fleet.surprises.map((line) => `nobody had touched it: ${line}`),
    ...unsettled.map((id) => `${id} has not ended`),
    ...ledger.submissions.flatMap(
      (submission) => oneJobForAKey(submission) ?? endsAsAsked(submission, ledger, fleet.losses),
    ),
    ...tracesFit(fleet, ledger),
    ...(await oneOutcomeIn(fleet)),
    ...ledger.exchanges.flatMap((exchange) => inTime(exchange, fleet)),
    ...ledger.exchanges.flatMap((exchange) => readinessIsTrue(exchange, fleet)),
  ];
  // What is asked again and again is told once.
  return { violations: [...new Set(violations)], figures: figuresOf(fleet, ledger) };
}

function oneJobForAKey({ key, ids, number }: Submission): string[] | undefined {
  if (ids.size > 1) return [`submission ${number} has ${ids.size} jobs: ${[...ids].join(', ')}`];
  if (ids.size === 0 && key !== undefined) return [`submission ${number} never was accepted`];
  return ids.size === 0 ? [] : undefined;
}

function endsAsAsked(submission: Submission, ledger: Ledger, losses: number): string[] {
  const [id = ''] = submission.ids;
  const seen = ledger.ends.get(id);
  // Told already.
  if (seen === undefined) return [];
  const isAsAsked =
    (seen.status === 'cancelled' && submission.isCancelAsked) ||
    (seen.status === 'failed' && seen.code === 'worker_lost' && losses >= lossesMin) ||
    (submission.end === 'fail'
      ? seen.status === 'failed' && seen.code === 'as_asked'
      : submission.end === 'kill the worker'
        ? seen.code === 'worker_lost'
        : seen.status === 'completed');
  return isAsAsked ? [] : [`${id} was to ${submission.end} and ended as ${JSON.stringify(seen)}`];
}

/** Every trace carries the id and the attempt of a job that was accepted, and every result is that of a run that left one. */
function tracesFit({ effectsFolder }: Fleet, ledger: Ledger): string[] {
  const violations: string[] = [];
  const tokens = new Map<string, string>();
  const unknown = new Set<string>();
  for (const { name, effect } of sideEffectsIn(effectsFolder)) {
    const { jobId, attempt, token, number, isDone } = effect;
    if (!basename(name).startsWith(`${jobId}.${attempt}.`) || attempt < 1 || attempt > 3)
      violations.push(`the trace ${name} says ${JSON.stringify(effect)}`);
    if (isDone) tokens.set(token, jobId);
    const submission = ledger.submissionOf(jobId);
    if (submission === undefined) unknown.add(jobId);
    else if (submission.number !== number) violations.push(`the trace ${name} is of submission ${number}`);
  }
  // Accepted by a server that died before it could say so, or that had given up waiting for Redis.
  const untold = ledger.submissions.filter(({ ids, untold }) => ids.size === 0 && untold > 0).length;
  if (unknown.size > untold)
    violations.push(`${unknown.size} jobs ran that nobody knows, of ${untold} that may have been accepted`);
  for (const [id, { status, token }] of ledger.ends)
    if (status === 'completed' && tokens.get(token ?? '') !== id)
      violations.push(`${id} has a result of a run that left no trace: ${token}`);
  return violations;
}

/** In Redis itself: each job ended once, lies where it ended and nowhere else. */
async function oneOutcomeIn({ redis, prefix }: Fleet): Promise<string[]> {
  const connection = redis.connect();
  try {
    const violations: string[] = [];
    for (const type of ['ledger_entry', 'heavy_entry']) {
      const keys = queueKeys(prefix, type);
      const counts = new Map<string, number>();
      for (const [, fields] of await connection.xrange(keys.events, '-', '+')) {
        const [event, jobId] = ['event', 'jobId'].map((name) => fields[fields.indexOf(name) + 1] ?? '');
        if (jobId !== undefined && (event === 'completed' || event === 'failed'))
          counts.set(jobId, (counts.get(jobId) ?? 0) + 1);
      }
      for (const [id, count] of counts) if (count > 1) violations.push(`${id} was ended ${count} times`);
      const completed = new Set(await connection.zrange(keys.completed, '0', '-1'));
      for (const id of await connection.zrange(keys.failed, '0', '-1'))
        if (completed.has(id)) violations.push(`${id} is both completed and failed`);
      const left = await Promise.all([
        connection.llen(keys.wait),
        connection.llen(keys.active),
        connection.zcard(keys.prioritized),
        connection.zcard(keys.delayed),
      ]);
      if (left.some((count) => count > 0))
        violations.push(`of ${type} are left: wait, active, prioritized, delayed ${left.join()}`);
    }
    return violations;
  } finally {
    connection.disconnect();
  }
}

function inTime(exchange: Exchange, fleet: Fleet): string[] {
  const { what, server, startMs, endMs, answer, waitMs } = exchange;
  const isSlow = fleet.redisSlows.some((span) => overlaps(span, exchange));
  const tookMs = endMs - startMs;
  const how = `${what} at ${server}, ${new Date(startMs).toISOString()}`;
  if (tookMs > (isSlow ? slowAnswerMsMax : answerMsMax) + waitMs)
    return [`${how}: took ${tookMs} ms (${answer})`];
  if (typeof answer === 'number') return [];
  const wasDown = fleet.servers
    .find(({ name }) => name === server)
    ?.downs.some((span) => overlaps(span, exchange));
  return wasDown ? [] : [`${how}: ${answer}, and nobody had touched the server`];
}

function readinessIsTrue(exchange: Exchange, fleet: Fleet): string[] {
  const { what, server, startMs, endMs, answer } = exchange;
  // Without an answer it was down, or `inTime` has told it.
  if (typeof answer !== 'number') return [];
  const at = `${what} at ${server}, ${new Date(startMs).toISOString()}`;
  if (what === 'livez') return answer === 200 ? [] : [`${at}: ${answer}`];
  if (what !== 'readyz') return [];
  if (answer === 200) {
    const away = fleet.redisAways.find(
      ({ fromMs, toMs, isSure }) => isSure && startMs > fromMs + noticeMs && endMs < toMs,
    );
    return away === undefined ? [] : [`${at}: ready, and Redis was out of reach`];
  }
  const isExcused = [...fleet.redisAways, ...fleet.redisSlows].some(
    ({ fromMs, toMs }) => endMs > fromMs && startMs < toMs + recoverMsMax,
  );
  return isExcused ? [] : [`${at}: ${answer}, and Redis was there`];
}

const overlaps = ({ fromMs, toMs }: Span, { startMs, endMs }: Exchange) => startMs <= toMs && endMs >= fromMs;

function figuresOf({ effectsFolder }: Fleet, { submissions, ends, exchanges }: Ledger): Figures {
  const statuses = [...ends.values()].map(({ status }) => status);
  const count = (wanted: string) => statuses.filter((status) => status === wanted).length;
  const times = exchanges
    .filter(({ answer, waitMs }) => typeof answer === 'number' && waitMs === 0)
    .map(({ startMs, endMs }) => endMs - startMs)
    .sort((a, b) => a - b);
  const share = (of: number) => times[Math.min(times.length - 1, Math.floor(times.length * of))] ?? 0;
  return {
    submitted: submissions.length,
    acknowledged: submissions.filter(({ ids }) => ids.size > 0).length,
    completed: count('completed'),
    failed: count('failed'),
    cancelled: count('cancelled'),
    runs: sideEffectsIn(effectsFolder).filter(({ effect }) => !effect.isDone).length,
    requests: exchanges.length,
    refused503: exchanges.filter(({ answer }) => answer === 503).length,
    unanswered: exchanges.filter(({ answer }) => typeof answer !== 'number').length,
    answerMsMedian: share(0.5),
    answerMs99: share(0.99),
    answerMsMax: times.at(-1) ?? 0,
  };
}
