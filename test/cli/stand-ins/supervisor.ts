/** The supervisor over stand-ins. Arguments: how the API server behaves, and how the worker server does. */
import { fileURLToPath } from 'node:url';
import { supervise } from '../../../src/cli/supervise.js';
import { loadConfig } from '../../../src/config.js';

const [api = '', worker = ''] = process.argv.slice(2);
const program = fileURLToPath(new URL('server.mjs', import.meta.url));
const standIn = (name: string, key: string, behaviour: string) => ({
  name,
  program: process.execPath,
  args: [program, key, behaviour],
  environment: { PORT: '3999' },
});
const code = await supervise({
  config: loadConfig(),
  servers: [standIn('API server', 'api', api), standIn('worker server', 'worker', worker)],
  print: console.log,
});
process.exit(code);
