/** `serve` around a server that does nothing. Argument: `busy` (its port is taken), `defect`, `slow` (to stop). */
import { serve } from '../../../src/serve.js';

const [behaviour] = process.argv.slice(2);

await serve('stand-in', async (config) => {
  if (behaviour === 'busy')
    throw Object.assign(new Error('listen'), { code: 'EADDRINUSE', address: config.host, port: config.port });
  if (behaviour === 'defect') setImmediate(() => Promise.reject(new Error('nobody expected this')));
  const working = setInterval(() => {}, 1_000);
  console.log(`started with ${config.redisUrl}`);
  return {
    url: 'http://127.0.0.1:3999',
    async stop() {
      console.log('stop called');
      if (behaviour === 'slow') await new Promise(() => {});
      clearInterval(working);
    },
  };
});
