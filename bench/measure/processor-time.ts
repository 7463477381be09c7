/** Processor time of running processes, as Linux counts it: user and system, all threads, in ticks of ten milliseconds. */
import { readFile } from 'node:fs/promises';

const tickUs = 10_000;

/** By role, in microseconds since each process started. */
export async function processorTimesUs(pids: Record<string, number>): Promise<Record<string, number>> {
  const times = Object.entries(pids).map(async ([role, pid]) => [role, await processorTimeUs(pid)]);
  return Object.fromEntries(await Promise.all(times));
}

export async function processorTimeUs(pid: number): Promise<number> {
  // The name in parentheses may itself hold spaces and parentheses; the fields after it do not.
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickUs;
}

/** Resident memory of a process, in bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1_024;
}
