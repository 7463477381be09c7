/** When a schedule is due: after a time, and, where its time has passed, which of the missed runs is made. */
import type { ScheduleDefinition } from '../../models/schedule.js';
import { nextCronRun } from './cron.js';

export type Timing = Pick<ScheduleDefinition, 'cron' | 'timeZone' | 'everyMs' | 'createdAt'>;

/** A run this late is still made, in milliseconds: a server that dies is missed for a while before another looks. */
const lateMsMax = 30_000;

/** The first run after a time; milliseconds since the epoch. Intervals count from `createdAt`, so they do not drift. */
export function nextRun({ cron, timeZone, everyMs = 1_000, createdAt }: Timing, afterMs: number): number {
  if (cron !== undefined) return nextCronRun(cron, timeZone ?? 'UTC', afterMs);
  const anchorMs = Date.parse(createdAt);
  return anchorMs + Math.max(1, Math.floor((afterMs - anchorMs) / everyMs) + 1) * everyMs;
}

/** The next `count` of them. */
export function nextRuns(timing: Timing, afterMs: number, count: number): number[] {
  const runs: number[] = [];
  for (let atMs = afterMs; runs.length < count; runs.push(atMs)) atMs = nextRun(timing, atMs);
  return runs;
}

/** Of the runs from `dueMs` to `nowMs`, the one to make: the first, or the last when that is long past. */
export function runToMake(timing: Timing, dueMs: number, nowMs: number): number {
  if (nowMs - dueMs <= lateMsMax) return dueMs;
  // Not from `dueMs` on: that may be months of seconds.
  for (let spanMs = lateMsMax; nowMs - spanMs > dueMs; spanMs *= 4) {
    const runMs = nextRun(timing, nowMs - spanMs);
    if (runMs <= nowMs) return lastUntil(nowMs, runMs);
  }
  return lastUntil(nowMs, dueMs);

  function lastUntil(endMs: number, firstMs: number): number {
    let lastMs = firstMs;
    for (let atMs = firstMs; atMs <= endMs; atMs = nextRun(timing, atMs)) lastMs = atMs;
    return lastMs;
  }
}
