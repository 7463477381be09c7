import { describe, expect, it } from 'vitest';
import { connectPatiently } from '../../src/queue/connection.js';

describe('the address of a Redis', () => {
  it.each([
    ['redis://10.0.0.1', { host: '10.0.0.1', port: 6379, db: 0, tls: undefined }],
    [
      'redis://user:p%40ss@redis.internal:7000/2',
      { host: 'redis.internal', port: 7000, db: 2, username: 'user', password: 'p@ss' },
    ],
    ['redis://:secret@[::1]:6380', { host: '::1', port: 6380, password: 'secret' }],
    ['rediss://redis.example', { host: 'redis.example', tls: { servername: 'redis.example' } }],
    ['rediss://[::1]:6380', { host: '::1', port: 6380, tls: {} }],
    ['rediss://10.0.0.1', { host: '10.0.0.1', tls: {} }],
    ['unix://:pw@localhost/run/my%20redis.sock', { path: '/run/my redis.sock', password: 'pw', db: 0 }],
    [
      'redis-sentinel://user:pw@s1,[::1]:5000/group?db=2&sentinelUsername=su&sentinelPassword=sp',
      {
        sentinels: [
          { host: 's1', port: 26_379 },
          { host: '::1', port: 5_000 },
        ],
        name: 'group',
        db: 2,
        username: 'user',
        password: 'pw',
        sentinelUsername: 'su',
        sentinelPassword: 'sp',
        tls: undefined,
      },
    ],
    ['rediss-sentinel://s1/group', { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }],
    ['rediss-cluster://user:pw@n1,n2', { username: 'user', password: 'pw', tls: {} }],
    ['unix://localhost/run/redis.sock?db=3', { path: '/run/redis.sock', db: 3 }],
  ])('is read from %s', (url, expected) => {
    const connection = connectPatiently(url);
    connection.on('error', () => {});
    connection.disconnect();
    for (const [name, value] of Object.entries(expected))
      expect(Reflect.get(connection.options, name)).toEqual(value);
  });
});
