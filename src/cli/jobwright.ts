#!/usr/bin/env node
/** The command `jobwright`: reads its command line and runs a server, or all of them under a supervisor. */
import { ConfigError } from '../config.js';
import { serve, wrongUsage } from '../serve.js';
import { version } from '../version.js';
import { helpText, readCommandLine } from './command-line.js';
import { configText } from './config-text.js';
import { keyCommand } from './key-command.js';
import { serversOf } from './servers.js';
import { supervise } from './supervise.js';

async function main(args: readonly string[]): Promise<void> {
  if (args[0] === 'key') {
    process.exitCode = keyCommand(args.slice(1));
    return;
  }
  const line = orMistakes(() => readCommandLine(args));
  if (line === undefined) return;
  if (line.kind === 'help') return console.log(helpText());
  if (line.kind === 'version') return console.log(version);
  if (line.kind === 'config') {
    const text = orMistakes(() => configText(line.flags));
    if (text !== undefined) console.log(text);
    return;
  }
  // Loaded here, so that each role loads its own code only.
  if (line.role === 'api') return serve('api', (await import('../api/server.js')).startApiServer, line.flags);
  if (line.role === 'worker')
    return serve('worker', (await import('../workers/server.js')).startWorkerServer, line.flags);
  const code = await supervise({
    config: line.config,
    servers: serversOf(import.meta.url, line.flags),
    print: console.log,
  });
  process.exit(code);
}

/** What is wrong is printed, and is the exit code. */
function orMistakes<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exitCode = wrongUsage;
    return undefined;
  }
}

void main(process.argv.slice(2));
