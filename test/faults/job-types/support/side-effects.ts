/** What jobs of the fault tests do to the world: files in a folder, two for each run, which outlive every process. */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SideEffect {
  jobId: string;
  attempt: number;
  /** Of the submission. */
  number: number;
  /** Unique for each run. */
  token: string;
  pid: number;
  /** It came to its end, and was not only begun. */
  isDone: boolean;
}

/** Says that a run has begun; `done` that it has come to its end, and returns its token. */
export function noteRun(
  folder: string,
  about: { jobId: string; attempt: number; number: number },
): { done: () => string } {
  const token = `${process.pid}-${randomBytes(6).toString('hex')}`;
  const write = (isDone: boolean) => {
    const effect: SideEffect = { ...about, token, pid: process.pid, isDone };
    const name = join(folder, `${about.jobId}.${about.attempt}.${token}.${isDone ? 'done' : 'begun'}`);
    // A reader sees all of it or nothing.
    writeFileSync(`${name}.draft`, JSON.stringify(effect));
    renameSync(`${name}.draft`, name);
  };
  write(false);
  return {
    done() {
      write(true);
      return token;
    },
  };
}

/** All that was done so far, each with the name of its file. */
export const sideEffectsIn = (folder: string): { name: string; effect: SideEffect }[] =>
  readdirSync(folder)
    .filter((name) => /\.(begun|done)$/.test(name))
    .map((name) => ({ name, effect: JSON.parse(readFileSync(join(folder, name), 'utf8')) }));
