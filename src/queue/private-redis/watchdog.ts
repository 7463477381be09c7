/**
 * The process between us and Redis: a few lines of shell, in a process group of its own so that a terminal's
 * Ctrl-C does not reach it. Its standard input is the lifeline: the supervisor and its children all hold the
 * other end, and when the last of them is gone, however it went, the line ends and Redis is told to stop.
 * The part that reads the line is a process of its own, so this holds even when the shell above it is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

const script = `
exec 3<&0 </dev/null
"$@" 3<&- &
redis=$!
( trap '' TERM INT HUP; while read -r _; do :; done <&3; kill -TERM $redis 2>/dev/null ) &
reader=$!
exec 3<&-
trap 'kill -TERM $redis 2>/dev/null' TERM INT HUP
wait $redis
code=$?
while kill -0 $redis 2>/dev/null; do wait $redis; code=$?; done
kill -KILL $reader 2>/dev/null
exit $code
`;

export interface Watchdog {
  pid: number;
  /** Give it to a child as an entry of `stdio`, and Redis outlives that child too. */
  lifeline: Writable;
  /** Resolves when the watchdog has ended, and says how. */
  ended: Promise<string>;
  /** Asks Redis to stop, with everything on disk; resolves when it has. */
  terminate(): Promise<void>;
  /** At once, by force: Redis and what watches it. */
  kill(): void;
}

/** @param logFd Where Redis writes its log. */
export function startWatchdog(command: readonly string[], logFd: number): Watchdog {
  const child: ChildProcess = spawn('/bin/sh', ['-c', script, 'jobwright-redis', ...command], {
    detached: true,
    stdio: ['pipe', logFd, logFd],
  });
  const { pid, stdin } = child;
  if (pid === undefined || stdin === null) throw new Error('cannot start /bin/sh');
  stdin.on('error', () => {});
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === null ? `code ${code}` : signal));
  });
  return {
    pid,
    lifeline: stdin,
    ended,
    async terminate() {
      child.kill('SIGTERM');
      await ended;
    },
    kill() {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // The whole group is gone already.
      }
    },
  };
}
