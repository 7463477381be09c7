/** All that lies under a prefix, in words that can be compared with what lies under another. */
import type { Connection } from '../../../src/queue/connection.js';

/** By key, the prefix of each key and value replaced. Of streams the entries of each job: their ids are of the clock. */
export async function snapshot(connection: Connection, prefix: string): Promise<Record<string, unknown>> {
  const keys = (await connection.keys(`${prefix.replace(/[[\]*?\\]/g, '\\$&')}*`)).sort();
  const contents = await Promise.all(keys.map((key) => contentOf(connection, key)));
  const text = JSON.stringify(keys.map((key, index) => [key, contents[index]]));
  return Object.fromEntries(JSON.parse(text.replaceAll(prefix, '{}')) as [string, unknown][]);
}

async function contentOf(connection: Connection, key: string): Promise<unknown> {
  const type = await connection.type(key);
  const expires = (await connection.pttl(key)) > 0;
  return { type, expires, content: await readers[type]?.(connection, key) };
}

const readers: Record<string, (connection: Connection, key: string) => Promise<unknown>> = {
  string: (connection, key) => connection.get(key),
  list: (connection, key) => connection.lrange(key, 0, -1),
  set: async (connection, key) => (await connection.smembers(key)).sort(),
  zset: (connection, key) => connection.zrange(key, '0', '-1', 'WITHSCORES'),
  hash: (connection, key) => connection.hgetall(key),
  stream: async (connection, key) => {
    const byJob: Record<string, string[][]> = {};
    for (const [, fields] of await connection.xrange(key, '-', '+')) {
      const place = fields.findIndex((field) => field === 'jobId' || field === 'job');
      const jobId = fields[place + 1] ?? '';
      byJob[jobId] = [...(byJob[jobId] ?? []), fields];
    }
    return Object.entries(byJob).sort(([a], [b]) => (a < b ? -1 : 1));
  },
};
