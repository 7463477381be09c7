/**
 * One server as a child process: started, waited for until it says that it is ready, started again with a
 * growing pause when it dies, stopped when told. It has a process group of its own, so that a terminal's
 * Ctrl-C reaches the supervisor only; it stops by itself when the channel to the supervisor closes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { childEnvironment } from '../config.js';
import type { ReadyMessage } from '../serve.js';

export interface ServerCommand {
  /** For people: `API server`. */
  name: string;
  program: string;
  args: readonly string[];
  environment?: Record<string, string>;
}

export interface SupervisedServerOptions {
  /** What every start adds to the environment. */
  environment: Record<string, string>;
  /** Held open by the child, so that the private Redis outlives it. */
  lifeline: () => Writable | undefined;
  print: (line: string) => void;
  /** How long a stop may take before it is forced. */
  stopMsMax: number;
  /** A first start that fails is tried again only after a change (`restart`), not given up. */
  patient?: boolean;
}

export class DidNotStart extends Error {
  override readonly name = 'DidNotStart';

  constructor(
    name: string,
    readonly exitCode: number,
    how: string,
  ) {
    super(`The ${name} did not start (${how}); what it says is above.`);
  }
}

const firstPauseMs = 200;
const pauseMsMax = 10_000;
/** One that has run this long has recovered: the next pause is short again. */
const recoveredMs = 30_000;

export class SupervisedServer {
  #child: ChildProcess | undefined;
  #ended: Promise<string> = Promise.resolve('');
  #stopping = false;
  #restarting = false;
  #pauseMs = firstPauseMs;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly command: ServerCommand,
    readonly options: SupervisedServerOptions,
  ) {}

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves with its word that it is ready. @throws DidNotStart */
  async start(): Promise<ReadyMessage> {
    const { name, program, args, environment } = this.command;
    const lifeline = this.options.lifeline();
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...(lifeline === undefined ? [] : [lifeline])],
      env: childEnvironment({ ...environment, ...this.options.environment }),
    });
    this.#child = child;
    const startMs = performance.now();
    return new Promise((resolve, reject) => {
      let ready = false;
      child.on('message', (message: ReadyMessage) => {
        ready ||= message.kind === 'ready';
        if (ready) resolve(message);
      });
      this.#ended = new Promise((ended) => {
        const end = (how: string, code: number) => {
          this.#child = undefined;
          ended(how);
          if (!ready) reject(new DidNotStart(name, code, how));
          else if (!this.#stopping && !this.#restarting) this.#recover(how, performance.now() - startMs);
        };
        child.once('error', (error) => end(error.message, 1));
        child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`, code ?? 1));
      });
    });
  }

  /** Stops and starts it: the code has changed. */
  async restart(): Promise<void> {
    if (this.#stopping || this.#restarting) return;
    this.#restarting = true;
    clearTimeout(this.#timer);
    await this.#end();
    this.#restarting = false;
    this.#pauseMs = firstPauseMs;
    await this.#startAgain();
  }

  /** Resolves when it has ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    await this.#end();
  }

  /** A stop that is under way is to wait for nothing: the second of its signals. */
  hurry(): void {
    this.#child?.kill('SIGTERM');
  }

  /** At once. */
  kill(): void {
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#signalGroup('SIGKILL');
  }

  async #end(): Promise<void> {
    if (this.#child === undefined) return;
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => {
      this.options.print(`The ${this.command.name} did not stop in ${this.options.stopMsMax} ms: ending it.`);
      this.#signalGroup('SIGKILL');
    }, this.options.stopMsMax);
    await this.#ended;
    clearTimeout(force);
  }

  #recover(how: string, ranMs: number): void {
    if (ranMs > recoveredMs) this.#pauseMs = firstPauseMs;
    this.options.print(`The ${this.command.name} ended (${how}): starting it again in ${this.#pauseMs} ms.`);
    this.#timer = setTimeout(() => this.#startAgain(), this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, pauseMsMax);
  }

  async #startAgain(): Promise<void> {
    if (this.#stopping) return;
    try {
      await this.start();
      this.options.print(`The ${this.command.name} is back.`);
    } catch (error) {
      if (this.#stopping || this.#restarting) return;
      if (this.options.patient) this.options.print(`The ${this.command.name} waits for the next change.`);
      else this.#recover(error instanceof DidNotStart ? error.message : String(error), 0);
    }
  }

  #signalGroup(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // Ended in this very moment.
    }
  }
}
