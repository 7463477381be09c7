/** Runs a short-lived command to its end and gives back what it said; a command that is not there is code 127. */
import { spawn } from 'node:child_process';

export interface CommandResult {
  code: number;
  stdout: string;
  /** Both streams, in the order they came: for error messages. */
  output: string;
}

export interface CommandOptions {
  cwd?: string;
  environment?: NodeJS.ProcessEnv;
  /** Then it is killed. Default: a minute. */
  timeoutMs?: number;
}

export function runCommand(
  file: string,
  args: readonly string[],
  { cwd, environment, timeoutMs = 60_000 }: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      ...(cwd === undefined ? {} : { cwd }),
      ...(environment === undefined ? {} : { env: environment }),
    });
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.once('error', (error) => resolve({ code: 127, stdout, output: output || error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, stdout, output }));
  });
}

/** The last lines of what a command said, for one message. */
export const lastLines = (text: string, count = 3) => text.trim().split('\n').slice(-count).join('\n');
