import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { loggedUrl } from '../src/api/logged-url.js';
import { makeApiKey } from '../src/api-key.js';
import { loadConfig } from '../src/config.js';
import { logSecrets } from '../src/log-secrets.js';
import { withoutCredentials, withoutPassword } from '../src/redaction.js';

const signingSecret = `whsec_${'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'}`;
const apiKey = makeApiKey('shop-1', (bytes) => Buffer.alloc(bytes, 'hush'));
const apiKeySecret = apiKey.slice('jw_shop-1_'.length);
const config = loadConfig({}, { REDIS_URL: 'redis://app:hunter%2F222@r:1', WEBHOOK_SECRETS: signingSecret });

function lineOf(facts: object, message = 'something', settings = config): string {
  const { errorFacts, withoutSecrets } = logSecrets(settings);
  const stream = new PassThrough();
  const log = pino({ formatters: { log: withoutSecrets }, serializers: { err: errorFacts } }, stream);
  log.info(facts, message);
  return String(stream.read());
}

describe('a line of the log', () => {
  it('hides what is sent and what shows who somebody is, by name, at any depth', () => {
    const line = lineOf({
      jobId: 'a_1',
      payload: { card: 'hush' },
      request: { headers: { Authorization: 'hush' }, deep: [{ 'X-Api-Key': 'hush', cookie: 'hush' }] },
      callbackUrl: 'https://hush',
      apiKey: 'hush',
    });
    expect(line).not.toContain('hush');
    expect(JSON.parse(line)).toMatchObject({ jobId: 'a_1', payload: '…', apiKey: '…' });
  });

  it('hides it within texts, too', () => {
    const line = lineOf({
      a: 'calling https://me:hush@host/path?token=hush failed',
      b: ['Authorization: Bearer hush12345', 'hunter/222', 'hunter%2F222', signingSecret],
      c: `the key ${apiKey} of a shop`,
    });
    expect(line).not.toMatch(/hush|hunter|MfKQ/);
    expect(line).not.toContain(apiKeySecret);
    expect(JSON.parse(line)).toMatchObject({
      a: 'calling https://…@host/path?… failed',
      c: 'the key jw_shop-1_… of a shop',
    });
  });

  it('hides the passwords of a group and of its Sentinels', () => {
    const url = 'redis-sentinel://app:hunter%2F222@s1,s2:26380/main?sentinelPassword=watch-hush';
    const said = 'WRONGPASS hunter/222, hunter%2F222 and watch-hush';
    expect(lineOf({ said }, '', loadConfig({}, { REDIS_URL: url }))).not.toMatch(/hunter|watch-hush/);
  });

  it('has the words of an error and of its causes, not what they carry', () => {
    const cause = Object.assign(new Error('NOAUTH at redis://:hush@r'), {
      code: 'NOAUTH',
      command: { args: ['hush'] },
    });
    const line = lineOf({ err: Object.assign(new Error('it failed', { cause }), { payload: 'hush' }) });
    expect(line).not.toContain('hush');
    expect(JSON.parse(line).err).toMatchObject({
      type: 'Error',
      message: 'it failed',
      stack: expect.stringContaining('it failed'),
      cause: { message: 'NOAUTH at redis://…@r', code: 'NOAUTH' },
    });
  });

  it('takes an error that was thrown and is none, and causes that never end', () => {
    const error = new Error('round');
    error.cause = error;
    expect(JSON.parse(lineOf({ err: error })).err.message).toBe('round');
    expect(JSON.parse(lineOf({ err: 'just words' })).err).toBe('just words');
    expect(JSON.parse(lineOf({ err: null })).err).toBe(null);
  });

  it('is one line, whatever is in it', () => {
    const forged = 'x\n{"level":60,"msg":"forged"}\r\n\u2028\u001b[31m';
    const line = lineOf({ url: forged, err: new Error(forged) });
    expect(line.split('\n')).toHaveLength(2);
    expect(line).not.toContain('\u001b');
    expect(JSON.parse(line).url).toBe(forged);
  });
});

describe('withoutPassword', () => {
  it.each([
    ['redis://user:pw@host:1/2', 'redis://…@host:1/2'],
    ['redis://:p@ss/w?rd#x@host', 'redis://…@host'],
    ['unix://:pw@localhost/run/redis.sock', 'unix://…@localhost/run/redis.sock'],
    ['redis://host', 'redis://host'],
    ['redis://a:pw@h1,redis://b:pw@h2', 'redis://…@h2'],
  ])('%s is %s', (given, expected) => {
    expect(withoutPassword(given)).toBe(expected);
    expect(withoutCredentials(given)).not.toContain('pw');
  });
});

describe('the URL of a request in the log', () => {
  it.each([
    ['/api/jobs', '/api/jobs'],
    ['/api/jobs?status=failed&limit=5', '/api/jobs?status=failed&limit=5'],
    ['/api/jobs?access_token=s&limit=5', '/api/jobs?access_token=…&limit=5'],
    ['/api/jobs?%6Cimit=s&=s', '/api/jobs?%6Cimit=…&=…'],
    ['/x?eyJhbGciOi', '/x?…'],
    ['/x?a=b?token=s', '/x?a=…'],
    ['http://me:pw@host/api/jobs?key=s', 'http://…@host/api/jobs?key=…'],
  ])('%s is %s', (url, shown) => {
    expect(loggedUrl(url)).toBe(shown);
  });
});

it.each(['//', 'a.', 'x@//', '"//', '?://', 'bearer ', 'whsec_', 'jw_', 'jw_a_', 'jw_a-', '://?#'])(
  'takes no longer than its length asks for with many %j',
  (part) => {
    const text = part.repeat(200_000);
    const startMs = performance.now();
    withoutCredentials(text);
    // Quadratic, it would be minutes.
    expect(performance.now() - startMs).toBeLessThan(2_000);
  },
);
