import { describe, expect, it } from 'vitest';
import { loadConfig, redisUrlOf } from '../src/config.js';

describe('loadConfig', () => {
  it('takes the defaults where nothing is given, and an empty variable for nothing', () => {
    const config = loadConfig({}, { PORT: '', REDIS_URL: '' });
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 3_000,
      lanes: ['short', 'long'],
      jobTypes: [],
      outputBytesMax: 1_073_741_824,
    });
    expect(config.redisUrl).toBeUndefined();
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('takes a flag before the environment, and names it when it is wrong', () => {
    const environment = { PORT: '4000' };
    expect(loadConfig({ port: { flag: '--port', value: '5000' } }, environment).port).toBe(5_000);
    expect(() => loadConfig({ port: { flag: '--port', value: 'x' } }, environment)).toThrow(/^--port: /);
  });

  it('names all mistakes at once, one a line', () => {
    expect(() => loadConfig({}, { PORT: 'x', WORKERS: '0', NODE_ENV: 'prod' })).toThrow(
      /^NODE_ENV: expected .*, got "prod"\nPORT: expected .*, got "x"\nWORKERS: expected .*, got "0"$/,
    );
  });

  it.each([
    ['NODE_ENV', 'prod', 'expected development, production or test'],
    ['PORT', '65536', 'expected a whole number from 0 to 65535'],
    ['PORT', '-1', 'expected a whole number from 0 to 65535'],
    ['PORT', '1.5', 'expected a whole number from 0 to 65535'],
    ['BASE_PATH', 'jobs/', 'expected nothing, or a path'],
    [
      'REDIS_URL',
      'localhost:6379',
      'expected redis://…, rediss://…, unix://…, redis-sentinel://… or redis-cluster://…',
    ],
    [
      'REDIS_URL',
      'http://localhost',
      'expected redis://…, rediss://…, unix://…, redis-sentinel://… or redis-cluster://…',
    ],
    ['REDIS_URL', 'redis://h:99999', 'expected a URL with a port up to 65535'],
    ['REDIS_URL', 'redis://::1', 'expected a URL with a port up to 65535, and an IPv6 address in brackets'],
    [
      'REDIS_URL',
      'redis://:p%zz@h',
      'expected %, where it is part of a password, a name or a path, written as %25',
    ],
    [
      'REDIS_URL',
      'unix://localhost/100%.sock',
      'expected %, where it is part of a password, a name or a path, written as %25',
    ],
    ['REDIS_URL', 'redis://h/first', 'expected the number of a database after the host'],
    ['REDIS_URL', 'redis://h,h2', 'expected one host; several are redis-sentinel://… or redis-cluster://…'],
    [
      'REDIS_URL',
      'redis://h?tls=true',
      'expected rediss at the start of the URL, for TLS, and no parameter tls',
    ],
    ['REDIS_URL', 'redis://h?ssl=1', 'expected no parameters after the ?'],
    ['REDIS_URL', 'redis-sentinel://h', 'expected the name of the group after the hosts'],
    [
      'REDIS_URL',
      'redis-sentinel://h/m?name=x',
      'expected only db, sentinelUsername, sentinelPassword after the ?',
    ],
    ['REDIS_URL', 'redis-sentinel://h,/m', 'expected a URL with a port up to 65535'],
    ['REDIS_URL', 'redis-cluster://h/2', 'expected nothing after the hosts: a cluster has no databases'],
    ['REDIS_URL', 'unix://localhost', 'expected the path of a socket, as in unix:///run/redis.sock'],
    ['REDIS_UNSAFE', 'allow', 'expected warn or refuse'],
    ['REDIS_HOST', 'redis.internal:6379', 'expected the name or the address of a host, without a port'],
    ['REDIS_HOST', 'user@redis', 'expected the name or the address of a host, without a port'],
    ['REDIS_PORT', '0', 'expected a whole number from 1 to 65535'],
    ['REDIS_PREFIX', 'a b', 'expected letters, digits'],
    ['LANES', 'short,wide', 'expected short, long or both'],
    ['TYPE_CONCURRENCY', 'calculation', 'expected TYPE=N, separated by commas, with N from 1 to 1000, and'],
    ['TYPE_CONCURRENCY', 'calculation=0', 'expected TYPE=N, separated by commas, with N from 1 to 1000'],
    [
      'TYPE_CONCURRENCY',
      'a=2,b=many',
      'expected TYPE=N, separated by commas, with N from 1 to 1000, and "b=many"',
    ],
    ['TYPE_CONCURRENCY', 'a=2,a=3', 'expected each type once, and "a" is there twice'],
    ['METRICS_ADDR', '9090', 'expected HOST:PORT'],
    ['METRICS_ADDR', ':99999', 'expected HOST:PORT with a port from 0 to 65535'],
    ['METRICS_ADDR', '[12345::]:9090', 'expected an IPv6 address in the brackets'],
    ['OUTBOUND_ALLOW', '10.0.0.1', 'expected addresses as CIDR'],
    ['FILES_URL', '/srv/files', 'expected file:///path or s3://bucket/prefix'],
    ['FILES_URL', 'http://bucket', 'expected file:///path or s3://bucket/prefix'],
    ['FILES_URL', 'file://srv/files', 'expected three slashes, a path and nothing else'],
    ['FILES_URL', 's3://key:word@bucket', 'expected no credentials in the URL'],
    ['FILES_URL', 's3://Big_Bucket', 'expected the name of a bucket after s3://'],
    ['FILES_URL', 's3://bucket:9000', 'expected the name of a bucket after s3://'],
    ['FILES_URL', 's3://bucket/a//b', 'expected a prefix of letters'],
    ['FILES_URL', 's3://bucket/a%20b', 'expected a prefix of letters'],
    ['FILES_URL', 's3://bucket?regoin=x', 'expected no parameters but region, endpoint, forcePathStyle'],
    ['FILES_URL', 's3://bucket?region=a&region=b', 'expected region once'],
    ['FILES_URL', 's3://bucket?region=Frankfurt', 'expected region=NAME'],
    ['FILES_URL', 's3://bucket?endpoint=minio:9000', 'expected endpoint=http(s)://HOST[:PORT]'],
    ['FILES_URL', 's3://bucket?forcePathStyle=yes', 'expected forcePathStyle=true or false'],
    ['LOG_LEVEL', 'loud', 'expected fatal, error'],
  ])('refuses %s=%s', (variable, value, expected) => {
    const load = () => loadConfig({}, { [variable]: value });
    expect(load).toThrow(`${variable}: ${expected}`);
    expect(load).toThrow(`got ${JSON.stringify(value.replace(/\/\/.*@/, '//…@'))}`);
    expect(load).not.toThrow('p%zz');
  });

  it.each([
    ['REDIS_URL', 'redis://user:p%40ss@[::1]:6380/2'],
    ['REDIS_URL', 'rediss://redis.example'],
    ['REDIS_URL', 'unix:///run/redis.sock'],
    ['REDIS_URL', 'redis-sentinel://user:pw@s1,s2:5000,[::1]/my-master?db=2&sentinelPassword=x%26y'],
    ['REDIS_URL', 'rediss-cluster://user:pw@n1:7000,n2'],
    ['REDIS_URL', 'unix://:pw@localhost/run/my%20redis.sock?db=3'],
    ['METRICS_ADDR', ':9090'],
    ['METRICS_ADDR', '[::1]:9090'],
    ['WEBHOOK_SECRETS', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['WEBHOOK_SECRETS', `whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, whsec_${'A'.repeat(43)}=`],
  ])('accepts %s=%s', (variable, value) => {
    expect(() => loadConfig({}, { [variable]: value })).not.toThrow();
  });

  it.each([
    ['a key that is too short', 'whsec_c2hvcnQgc2VjcmV0'],
    ['a key that is too long', `whsec_${'A'.repeat(88)}`],
    ['no prefix', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['something that is not base64', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!'],
  ])('refuses %s as a secret, without repeating it', (_, secret) => {
    const load = () => loadConfig({}, { WEBHOOK_SECRETS: secret });
    expect(load).toThrow('WEBHOOK_SECRETS: expected whsec_ and 24 to 64 bytes in base64');
    expect(load).not.toThrow(secret);
  });
});

it('repeats no password of a URL, also not that of the Sentinels', () => {
  const load = () =>
    loadConfig({}, { REDIS_URL: 'redis-sentinel://u:secret@h/m?sentinelPassword=secret&x=1' });
  expect(load).toThrow('got "redis-sentinel://…@h/m?sentinelPassword=…&x=1"');
  expect(load).not.toThrow('secret');
});

it('refuses a prefix without braces for a cluster, whose scripts need all keys in one slot', () => {
  const load = (url: string) => () => loadConfig({}, { REDIS_URL: url, REDIS_PREFIX: 'jobs' });
  expect(load('redis-cluster://h')).toThrow(
    'REDIS_PREFIX: expected a part in braces, as in {jobwright}, where REDIS_URL is a cluster\'s, got "jobs"',
  );
  expect(load('redis-sentinel://h/m')).not.toThrow();
});

it('reads how many jobs of single types run at once', () => {
  const { types, typeConcurrency } = loadConfig(
    {},
    { TYPES: 'a, b', TYPE_CONCURRENCY: 'a=2, file_processing = 4,' },
  );
  expect(types).toEqual(['a', 'b']);
  expect([...typeConcurrency]).toEqual([
    ['a', 2],
    ['file_processing', 4],
  ]);
  expect(loadConfig({}, {})).toMatchObject({ types: [], typeConcurrency: new Map() });
});

describe('FILES_URL', () => {
  it.each([
    ['file:///srv/my%20files', { kind: 'folder', folder: '/srv/my files' }],
    ['s3://bucket', { kind: 's3', bucket: 'bucket', prefix: '', forcePathStyle: false }],
    ['s3://my.bucket/a/b/', { kind: 's3', bucket: 'my.bucket', prefix: 'a/b/', forcePathStyle: false }],
    [
      's3://bucket/a?region=eu-central-1&endpoint=http://127.0.0.1:9000&forcePathStyle=true',
      {
        kind: 's3',
        bucket: 'bucket',
        prefix: 'a/',
        region: 'eu-central-1',
        endpoint: 'http://127.0.0.1:9000',
        forcePathStyle: true,
      },
    ],
  ])('%s is %j', (url, location) => {
    expect(loadConfig({}, { FILES_URL: url }).filesUrl).toEqual(location);
  });

  it('does not repeat a secret that somebody put into it', () => {
    const load = () => loadConfig({}, { FILES_URL: 's3://bucket?secretAccessKey=hush&region=x' });
    expect(load).toThrow('secretAccessKey=…');
    expect(load).not.toThrow('hush');
  });
});

describe('redisUrlOf', () => {
  it.each([
    [{}, undefined],
    [{ REDIS_URL: 'redis://u', REDIS_HOST: 'h' }, 'redis://u'],
    [{ REDIS_HOST: 'h' }, 'redis://h:6379'],
    [{ REDIS_PORT: '7000' }, 'redis://127.0.0.1:7000'],
    [{ REDIS_HOST: '::1', REDIS_PORT: '7000' }, 'redis://[::1]:7000'],
  ])('%j is %s', (environment, url) => {
    expect(redisUrlOf(loadConfig({}, environment))).toBe(url);
    if (url !== undefined) expect(URL.canParse(url)).toBe(true);
  });
});
