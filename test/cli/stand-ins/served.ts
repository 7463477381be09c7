/** `serve` around a server that does nothing. Argument: `listen` (at HOST and PORT), `defect`, `slow` (stops when it is to hurry), `stuck` (never). */
import { createServer } from 'node:http';
import { listen } from '../../../src/listen.js';
import { serve } from '../../../src/serve.js';

const [behaviour] = process.argv.slice(2);

await serve('stand-in', async (config) => {
  if (behaviour === 'listen') {
    const { host, port } = config;
    await listen(createServer(), { host, port, settings: { host: 'host', port: 'port' } });
  }
  if (behaviour === 'defect') setImmediate(() => Promise.reject(new Error('nobody expected this')));
  const working = setInterval(() => {}, 1_000);
  console.log(`started with ${config.redisUrl}`);
  let hurry = () => {};
  const hurried = new Promise<void>((resolve) => {
    hurry = resolve;
  });
  return {
    url: 'http://127.0.0.1:3999',
    hurry: () => hurry(),
    async stop() {
      console.log('stop called');
      if (behaviour === 'slow') await hurried;
      if (behaviour === 'stuck') await new Promise(() => {});
      clearInterval(working);
    },
  };
});
