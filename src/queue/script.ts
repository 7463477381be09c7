/**
 * A Lua script of ours. Redis keeps it by its digest and a connection sends it once; in a pipeline or a transaction
 * it takes its place in the order. It touches only the keys that it is given, or that share their prefix.
 */
import type { Connection } from './connection.js';
import { type Packed, unpacked } from './packed.js';

type Argument = string | number;

export class Script {
  readonly #command: string;
  readonly #lua: string;

  /** @param name Lower-case words with underscores, unique among ours. */
  constructor(name: string, lua: string) {
    this.#command = `jobwright_${name}`;
    this.#lua = lua;
  }

  /** Must be called once for a connection before the script is used on it or on its pipelines. */
  define(connection: Connection): void {
    if (!(this.#command in connection)) connection.defineCommand(this.#command, { lua: this.#lua });
  }

  run(connection: Connection, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    this.define(connection);
    return this.#call(connection, keys, args) as Promise<unknown>;
  }

  /** The same, for a script that packs its answer: see `packed.ts`. */
  async runPacked(
    connection: Connection,
    keys: readonly string[],
    args: readonly Argument[],
  ): Promise<Packed> {
    this.define(connection);
    return unpacked((await this.#call(connection, keys, args, 'Buffer')) as Buffer);
  }

  /** @param pipeline Or a transaction, of a connection on which the script is defined. */
  queue(pipeline: object, keys: readonly string[], args: readonly Argument[]): void {
    this.#call(pipeline, keys, args);
  }

  /** @param form Of the answer: ioredis has two commands for each script. */
  #call(
    commander: object,
    keys: readonly string[],
    args: readonly Argument[],
    form: '' | 'Buffer' = '',
  ): unknown {
    const command = Reflect.get(commander, `${this.#command}${form}`) as (...given: Argument[]) => unknown;
    return command.call(commander, keys.length, ...keys, ...args);
  }
}
