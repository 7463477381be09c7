/**
 * Which process a pid meant. A pid alone is not enough: after a crash or a reboot another process may have
 * it. The time at which the process started tells them apart.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { runCommand } from './run-command.js';

export const processIdentity = z.object({
  pid: z.int().positive(),
  /** Opaque; equal for the same process only. Empty where the system does not tell. */
  startedAt: z.string(),
});

export type ProcessIdentity = z.infer<typeof processIdentity>;

export const identityOf = async (pid: number): Promise<ProcessIdentity> => ({
  pid,
  startedAt: await startOf(pid),
});

/** False as well for a process that has ended and has not been collected by its parent. */
export async function isAlive({ pid, startedAt }: ProcessIdentity): Promise<boolean> {
  if (startedAt === 'ended') return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const start = await startOf(pid);
  return start !== 'ended' && (start === '' || startedAt === '' || start === startedAt);
}

async function startOf(pid: number): Promise<string> {
  if (process.platform !== 'linux') {
    const { code, stdout } = await runCommand('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return code === 0 ? stdout.trim() : '';
  }
  try {
    // The name in parentheses may itself hold spaces and parentheses; the fields after it do not.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : `${boot}/${fields[19]}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'ended' : '';
  }
}
