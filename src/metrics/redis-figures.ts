/** How Redis answers this process, as figures, until the returned function is called. */
import type { Connection } from '../queue/connection.js';
import { RedisPulse } from '../queue/redis-pulse.js';
import type { Metrics } from './metrics.js';

export function tellRedis({ figures, onScrape }: Metrics, connection: Connection): () => void {
  const pulse = new RedisPulse(connection, (ms) => figures.redisPing.observe(ms / 1_000));
  onScrape(() => figures.redisUp.set(pulse.isUp ? 1 : 0));
  return () => pulse.stop();
}
