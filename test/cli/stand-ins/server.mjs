/**
 * A server that does nothing, in the place of the real ones: says what happens to it, and at its end whether
 * Redis is still there. Argument: its name, and how it behaves (`refuse`: does not start; `hang`: does not stop).
 */
import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';

const [name, behaviour] = process.argv.slice(2);
if (behaviour === 'refuse') {
  console.error(`${name}: expected something else`);
  process.exit(2);
}
const redisUrl = process.env.REDIS_URL ?? '';
const { protocol, pathname, password, host } = new URL(redisUrl);
const redis = new Redis(
  protocol === 'unix:' ? { path: decodeURIComponent(pathname), password } : `redis://:${password}@${host}`,
);
redis.on('error', () => {});

let stopping = false;
async function stop(reason) {
  if (stopping) return void console.log(`${name} is to hurry`);
  stopping = true;
  console.log(`${name} stops on ${reason}`);
  if (behaviour === 'hang') return;
  console.log(`${name} stopped, redis says ${await redis.ping()}`);
  process.exit(0);
}
process.on('SIGTERM', () => stop('SIGTERM'));
process.on('SIGINT', () => stop('SIGINT'));
process.on('disconnect', () => stop('disconnect'));

const starts = await redis.incr(`starts of ${name}`);
console.log(`${name} pid ${process.pid} start ${starts} port ${process.env.PORT}`);
console.log(
  `${name} signs with ${createHash('sha256')
    .update(process.env.WEBHOOK_SECRETS ?? '')
    .digest('hex')}`,
);
process.send({ kind: 'ready', ...(name === 'api' ? { url: 'http://127.0.0.1:3999' } : {}) });
