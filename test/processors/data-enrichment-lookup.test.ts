import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../src/models/failure.js';
import { isFailure } from '../../src/models/failure.js';
import { createOutboundFetch } from '../../src/workers/outbound-fetch.js';
import { answerBytesMax } from '../../src/workers/processors/data-enrichment/lookup.js';
import dataEnrichment from '../../src/workers/processors/data-enrichment.js';
import { remoteServer } from '../support/remote-server.js';
import { runDataEnrichment } from './run-data-enrichment.js';

/** The platform's own fetch, with its default limits. */
const outbound = (allow: string[] = ['127.0.0.0/8']) =>
  createOutboundFetch({
    allow,
    bytesMax: 52_428_800,
    timeoutMs: 15_000,
    signal: new AbortController().signal,
    resolve: () => Promise.reject(Object.assign(new Error('no network'), { code: 'ENOTFOUND' })),
  });

const record = { email: 'ada+1@example.com', coordinates: { latitude: 52.5, longitude: -13.4 } };

const run = (lookup: object, fetch = outbound()) => runDataEnrichment({ record, lookup }, fetch);

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isFailure(error)) throw new Error(`expected a Failure, got ${String(error)}`);
  return error;
}

const json = (value: unknown) => JSON.stringify(value);

describe('a look-up', () => {
  it('asks once, with the record’s values in the URL and the headers given, and keeps the answer', async () => {
    const server = await remoteServer((_request, response) =>
      response.end(json({ company: 'Engines', size: 3 })),
    );
    const result = await run({
      url: `${server.origin}/v1/people?email={email}&at={coordinates.latitude},{coordinates.longitude}`,
      headers: { 'X-Api-Key': 'k' },
    });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.url).toBe('/v1/people?email=ada%2B1%40example.com&at=52.5,-13.4');
    expect(server.requests[0]?.headers).toMatchObject({ 'x-api-key': 'k', accept: 'application/json' });
    expect(result.lookup).toEqual({ host: '127.0.0.1', status: 200, data: { company: 'Engines', size: 3 } });
    expect(result.provenance.at(-1)).toEqual({ field: 'lookup', source: '127.0.0.1' });
    expect(result.enriched.email).toMatchObject({ valid: true });
  });

  it('is part of the content hash', async () => {
    let answer = 1;
    const server = await remoteServer((_request, response) => response.end(json({ answer })));
    const first = await run({ url: server.origin });
    const again = await run({ url: server.origin });
    answer = 2;
    const other = await run({ url: server.origin });
    expect(again.contentHash).toBe(first.contentHash);
    expect(other.contentHash).not.toBe(first.contentHash);
    expect((await runDataEnrichment({ record })).contentHash).not.toBe(first.contentHash);
  });

  it('keeps only what the pointers find', async () => {
    const body = '{"a":{"b/c":[10,20]},"n":null,"__proto__":{"x":1}}';
    const server = await remoteServer((_request, response) => response.end(body));
    const picked = await run({
      url: server.origin,
      pick: ['/a/b~1c/1', '/n', '/missing', '/a/b~1c/7', '/constructor', '/__proto__/x'],
    });
    expect(picked.lookup?.data).toEqual({ '/a/b~1c/1': 20, '/n': null, '/__proto__/x': 1 });
  });

  it.each([
    ['a number', '42', 42],
    ['null', 'null', null],
    ['a list', '[]', []],
  ])('takes any JSON: %s', async (_what, body, data) => {
    const server = await remoteServer((_request, response) => response.end(body));
    expect((await run({ url: server.origin })).lookup?.data).toEqual(data);
  });

  it('tries again after 429, not before its Retry-After', async () => {
    const server = await remoteServer((_request, response) =>
      response.writeHead(429, { 'retry-after': '7' }).end('slow down'),
    );
    const error = await failureOf(
      run({ url: `${server.origin}/?key=secret`, headers: { 'X-Api-Key': 'hidden' } }),
    );
    expect(error).toMatchObject({
      code: 'remote_error',
      retry: true,
      retryAfterMs: 7_000,
      detail: '"127.0.0.1" answered 429.',
    });
    await server.idle();
  });

  it.each([500, 502, 503, 504])('tries again after %i', async (status) => {
    const server = await remoteServer((_request, response) => response.writeHead(status).end());
    expect(await failureOf(run({ url: server.origin }))).toMatchObject({
      code: 'remote_error',
      retry: true,
      retryAfterMs: undefined,
    });
  });

  it.each([300, 304, 400, 401, 403, 404, 410, 422])('is refused for good with %i', async (status) => {
    const server = await remoteServer((_request, response) => response.writeHead(status).end());
    const error = await failureOf(run({ url: `${server.origin}/?key=secret` }));
    expect(error).toMatchObject({
      code: 'remote_refused',
      retry: false,
      detail: `"127.0.0.1" answered ${status}.`,
    });
  });

  it.each([
    ['HTML', '<!doctype html>'],
    ['nothing', ''],
    ['half of it', '{"a":'],
    ['NaN', 'NaN'],
    ['JSON that is nested too deep', '['.repeat(100_000) + ']'.repeat(100_000)],
  ])('fails for good when it answers %s', async (_what, body) => {
    const server = await remoteServer((_request, response) => response.end(body));
    expect(await failureOf(run({ url: server.origin }))).toMatchObject({
      code: 'lookup_not_json',
      retry: false,
    });
  });

  it('takes 64 levels and not one more', async () => {
    let levels = 64;
    const server = await remoteServer((_request, response) =>
      response.end('['.repeat(levels) + ']'.repeat(levels)),
    );
    await run({ url: server.origin });
    levels = 65;
    expect(await failureOf(run({ url: server.origin }))).toMatchObject({
      code: 'lookup_not_json',
      detail: expect.stringContaining('64 levels'),
    });
  });

  it('declares that failure', () => expect(Object.keys(dataEnrichment.errors)).toEqual(['lookup_not_json']));

  it.each([
    ['as it stands', (body: Buffer) => ({ body, headers: {} })],
    ['when inflated', (body: Buffer) => ({ body: gzipSync(body), headers: { 'content-encoding': 'gzip' } })],
  ])('fails for good when the answer is too large %s', async (_what, wrap) => {
    const { body, headers } = wrap(Buffer.alloc(answerBytesMax + 1, ' '));
    const server = await remoteServer((_request, response) => response.writeHead(200, headers).end(body));
    expect(await failureOf(run({ url: server.origin }))).toMatchObject({
      code: 'response_too_large',
      retry: false,
    });
  });

  it('tries again when the connection breaks or the name is unknown', async () => {
    const server = await remoteServer((request) => request.socket.destroy());
    for (const url of [server.origin, 'http://nowhere.example/'])
      expect(await failureOf(run({ url }))).toMatchObject({ code: 'connection_failed', retry: true });
  });

  it('calls no private address unless the operator allows it', async () => {
    const server = await remoteServer((_request, response) => response.end('{}'));
    const error = await failureOf(run({ url: server.origin }, outbound([])));
    expect(error).toMatchObject({ code: 'address_not_public', retry: false });
    expect(server.requests).toHaveLength(0);
  });
});

describe('a look-up that is wrong', () => {
  const mistakes = (lookup: object, of: object = record) =>
    dataEnrichment.payload
      .safeParse({ record: of, lookup })
      .error?.issues.map(({ path, message }) => `${path.join('/')}: ${message}`) ?? [];

  it.each([
    ['file:///etc/passwd', /http or https/],
    ['not a url', /http or https/],
    ['https://user:pw@api.example/', /user name or password/],
    ['https://{email}/', /placeholder in its host/],
    ['https://{email}.example/', /placeholder in its host/],
    ['https:{email}/', /http or https/],
    ['https://\\{email}/x', /placeholder in its host/],
    ['https://\t/{email}/x', /placeholder in its host/],
    ['https://api.example/{phone}', /\{phone\}/],
    ['https://api.example/{coordinates}', /\{coordinates\}/],
    ['https://api.example/{constructor}', /\{constructor\}/],
    ['https://api.example/{email', /brace/],
    ['', /http or https/],
  ])('%s is refused', (url, message) =>
    expect(mistakes({ url })).toEqual([
      expect.stringMatching(new RegExp(`^lookup/url: .*${message.source}`)),
    ]),
  );

  it.each(['..', '.', '%2e%2e'])(
    '%j stays in the place of the path that it was put in, or is refused',
    async (name) => {
      const lookup = { url: 'https://api.example/people/{name}/orders' };
      const found = mistakes(lookup, { name });
      if (name.startsWith('%')) expect(found).toEqual([]);
      else expect(found).toEqual([expect.stringContaining('change the path')]);
    },
  );

  it('is refused when it is too long once filled', () =>
    expect(mistakes({ url: 'https://api.example/?q={text}' }, { text: 'ü'.repeat(2_000) })).toEqual([
      expect.stringContaining('8000'),
    ]));

  it('takes half a surrogate pair', () =>
    expect(mistakes({ url: 'https://api.example/?q={text}' }, { text: '\ud800' })).toEqual([]));

  it.each(['Host', 'connection', 'Content-Length', 'Proxy-Authorization', 'a b', ''])(
    'the header %j is refused',
    (name) => expect(mistakes({ url: 'https://api.example/', headers: { [name]: 'x' } })).toHaveLength(1),
  );

  it.each(['a\r\nb: c', 'ü', '\u0000'])('the header value %j is refused', (value) =>
    expect(mistakes({ url: 'https://api.example/', headers: { 'x-a': value } })).toHaveLength(1),
  );

  it('has a bound of headers and pointers, which have a form', () => {
    const headers = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`x-${index}`, '']));
    expect(mistakes({ url: 'https://api.example/', headers })).toEqual([
      expect.stringContaining('20 headers'),
    ]);
    expect(mistakes({ url: 'https://api.example/', pick: ['a'] })).toEqual([
      expect.stringContaining('JSON Pointer'),
    ]);
    expect(mistakes({ url: 'https://api.example/', pick: [] })).toHaveLength(1);
  });
});
