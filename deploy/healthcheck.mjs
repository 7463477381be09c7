/**
 * A container's health check: exits 0 when the server in it is alive. An API server answers at PORT, a worker server at
 * METRICS_ADDR, and whoever of them answers first is enough. It asks nothing of Redis: a server that waits for Redis is
 * well, and must not be restarted.
 */
import { get } from 'node:http';
import { env, exit } from 'node:process';

/** Shorter than the health check's own limit, so that what is wrong is said. */
const timeoutMs = 3_000;

const [, metricsPort] = /:(\d+)$/.exec(env.METRICS_ADDR ?? '') ?? [];
const ports = [env.PORT || '3000', metricsPort].filter((port) => port !== undefined);

try {
  await Promise.any(ports.map(isAlive));
  exit(0);
} catch ({ errors }) {
  for (const { message } of errors) console.error(message);
  exit(1);
}

function isAlive(port) {
  const url = `http://127.0.0.1:${port}/livez`;
  return new Promise((resolve, reject) => {
    const request = get(url, { timeout: timeoutMs, agent: false }, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve();
      else reject(new Error(`${url}: answered ${response.statusCode}`));
    });
    request.on('timeout', () => request.destroy(new Error(`no answer in ${timeoutMs} ms`)));
    request.on('error', (error) => reject(new Error(`${url}: ${error.message}`)));
  });
}
