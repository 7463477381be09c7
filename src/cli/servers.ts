/** How the supervisor starts the two servers: which program, and which settings go with it. */
import { fileURLToPath } from 'node:url';
import { fileVariableOf, variableOf } from '../config.js';
import type { Flags } from './command-line.js';
import type { ServerCommand } from './supervised-server.js';

/**
 * @param caller URL of a module in this folder: the servers run from the same tree, compiled or not.
 * @param flags Handed on as environment variables, where no other user can read them.
 */
export function serversOf(caller: string, flags: Flags, nodeFlags = ownNodeFlags()): ServerCommand[] {
  const extension = caller.endsWith('.ts') ? 'ts' : 'js';
  const environment = Object.fromEntries(
    Object.entries(flags).flatMap(([key, { value }]) => {
      const name = key as keyof Flags;
      const fileVariable = fileVariableOf(name);
      // The value overrides a file as well.
      return [[variableOf(name), value], ...(fileVariable === undefined ? [] : [[fileVariable, '']])];
    }),
  );
  const server = (name: string, entry: string, own = {}): ServerCommand => ({
    name,
    program: process.execPath,
    args: [...nodeFlags, fileURLToPath(new URL(`../${entry}.${extension}`, caller))],
    environment: { ...environment, ...own },
  });
  return [
    // Its figures are at its own port; the address is the worker server's.
    server('API server', 'index', { [variableOf('metricsAddr')]: 'none' }),
    server('worker server', 'workers/worker-server'),
  ];
}

/** Those of this process, a TypeScript loader for one; two debuggers cannot share a port. */
const ownNodeFlags = () => process.execArgv.filter((flag) => !flag.startsWith('--inspect'));
