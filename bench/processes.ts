/** Child processes of a run: started, waited for until they say that they are ready, and ended by their id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { childEnvironment } from '../src/config.js';

export interface StartOptions {
  /** For its log. */
  name: string;
  /** Of the run; the log of the process goes there. */
  folder: string;
  /** Default: this very Node. */
  program?: string;
  args: readonly string[];
  environment?: Record<string, string>;
  /** URL that answers 200 once it is ready, of a program that sends no message. */
  probe?: string;
}

export interface RunningChild {
  pid: number;
  /** Where it listens, if it does. */
  url: string;
  child: ChildProcess;
  /** All that it has written. */
  said(): string;
  /** Resolves with how it ended. */
  ended: Promise<string>;
  /** Resolves when it has ended; forced after `stopMsMax`. */
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
const startMsMax = 60_000;
const stopMsMax = 10_000;

/** Resolves with its word that it is ready, by message: `{ url? }`. */
export async function startChild(options: StartOptions): Promise<RunningChild> {
  const { name, folder, program = process.execPath, args, environment = {}, probe } = options;
  const logFile = join(folder, `${name}.log`);
  const log = openSync(logFile, 'a');
  const child = spawn(program, args, {
    stdio: ['ignore', log, log, 'ipc'],
    env: childEnvironment({ REDIS_URL: undefined, NODE_OPTIONS: undefined, ...environment }),
  });
  closeSync(log);
  running.add(child);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  ended.then(() => running.delete(child));
  const url = await new Promise<string>((resolve, reject) => {
    const asking = new AbortController();
    const timer = setTimeout(() => fail('was not ready in time'), startMsMax);
    const begun = (at = '') => {
      clearTimeout(timer);
      resolve(at);
    };
    const fail = (how: string) => {
      clearTimeout(timer);
      asking.abort();
      child.kill('SIGKILL');
      reject(new Error(`${name} ${how}:\n${endOf(logFile)}`));
    };
    child.once('message', (message: { url?: string }) => begun(message.url));
    if (probe !== undefined)
      answers(probe, asking.signal).then(
        () => begun(probe),
        () => {},
      );
    ended.then((how) => fail(`ended (${how})`));
  });
  return {
    pid: child.pid ?? -1,
    url,
    child,
    said: () => readFileSync(logFile, 'utf8'),
    ended,
    stop: () => stop(child, ended),
  };
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  // One that stands still hears nothing.
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), stopMsMax);
  await ended;
  clearTimeout(force);
}

/** The answer of a child to a message. @throws Error where it ends instead */
export async function answerOf<Answer>({ child, ended }: RunningChild, message: object): Promise<Answer> {
  const gone = ended.then((how): never => {
    throw new Error(`a process ended (${how}) instead of answering`);
  });
  gone.catch(() => {});
  const answer = once(child, 'message') as Promise<[Answer]>;
  child.send(message);
  return (await Promise.race([answer, gone]))[0];
}

function endOf(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8').slice(-2_000);
  } catch {
    return '(without a log)';
  }
}

/** At once, all that still run: the run is broken off. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Resolves with the first good answer; rejects when the signal fires. */
async function answers(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    await pause(10);
  }
}
