/** Real processes for tests: what they say, how they end, and whether they are still there. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach } from 'vitest';
import { childEnvironment } from '../../src/config.js';
import { isAlive } from '../../src/queue/private-redis/process-identity.js';
import { until } from './until.js';

export { until } from './until.js';

export interface RunningProcess {
  pid: number;
  child: ChildProcess;
  /** All it has said so far, on both streams. */
  said(): string;
  /** Resolves with the match once it has said so; rejects when it ends without. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
}

const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});

/** Runs a TypeScript or JavaScript file; it is killed at the end of the test if it is still there. */
export function runFile(
  file: string,
  { args = [], environment = {}, ipc = false, through = [], isCompiled = false }: RunOptions = {},
): RunningProcess {
  const loader = isCompiled ? [] : ['--import', 'tsx'];
  const [program = '', ...rest] = [...through, process.execPath, ...loader, file, ...args];
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? (['ipc'] as const) : [])],
    env: childEnvironment({
      NODE_ENV: undefined,
      REDIS_URL: undefined,
      NODE_OPTIONS: undefined,
      ...environment,
    }),
  });
  started.push(child);
  let text = '';
  const allSaid = [child.stdout, child.stderr].map(async (stream) => {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      child.emit('said');
    });
    if (stream) await once(stream, 'close');
  });
  // Not `close`, which never comes once the parent has closed the channel.
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', async (code, signal) => {
      await Promise.all(allSaid);
      resolve(signal ?? code ?? -1);
    });
  });
  return {
    pid: child.pid ?? -1,
    child,
    ended,
    said: () => text,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(text);
          if (match !== null) resolve(match);
        };
        child.on('said', look);
        look();
        ended.then((how) => reject(new Error(`ended (${how}) without saying ${pattern}:\n${text}`)));
      }),
  };
}

export interface RunOptions {
  args?: readonly string[];
  environment?: Record<string, string | undefined>;
  ipc?: boolean;
  /** A command that does something first and then becomes the program that its arguments name. */
  through?: readonly string[];
  /** It needs no loader for TypeScript, and is to have none. Default: false. */
  isCompiled?: boolean;
}

/** Resolves when none of them is left; the test's own time limit bounds it. */
export async function gone(...pids: number[]): Promise<void> {
  for (const pid of pids) await until(async () => !(await isAlive({ pid, startedAt: '' })));
}
