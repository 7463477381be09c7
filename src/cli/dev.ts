/** Development: the supervisor on the sources; the servers restart on a change, and Redis goes on. */
import { watch } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../config.js';
import { wrongUsage } from '../serve.js';
import { readCommandLine } from './command-line.js';
import { serversOf } from './servers.js';
import { supervise } from './supervise.js';

/** An editor that saves many files is one change. */
const settleMs = 200;

function restartOnChange(restart: () => Promise<void>): void {
  let timer: NodeJS.Timeout | undefined;
  const source = fileURLToPath(new URL('..', import.meta.url));
  watch(source, { recursive: true }, (_event, name) => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      console.log(`Changed: ${name}. Restarting the servers …`);
      await restart();
    }, settleMs);
  });
  console.log(`Watching ${source}`);
}

try {
  const line = readCommandLine(process.argv.slice(2));
  if (line.kind !== 'run' || line.role !== 'all') throw new ConfigError('npm run dev: expected no --role');
  const servers = serversOf(import.meta.url, line.flags, ['--import', 'tsx']);
  const code = await supervise({
    config: line.config,
    servers,
    print: console.log,
    onReady: restartOnChange,
  });
  process.exit(code);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exit(wrongUsage);
}
