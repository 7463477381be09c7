/** A process that owns a private Redis, for tests that end it in unkind ways. Arguments: data folder, cache folder. */
import { startPrivateRedis } from '../../src/queue/private-redis/start.js';

const [dataDir = '', cacheDir = ''] = process.argv.slice(2);
const redis = await startPrivateRedis({ dataDir, cacheDir, log: console.log });
console.log(`redis ${redis.serverPid()} watchdog ${redis.watchdogPid()} ready`);
