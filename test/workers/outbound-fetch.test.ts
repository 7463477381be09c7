import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Failure } from '../../src/models/failure.js';
import { isFailure } from '../../src/models/failure.js';
import { createOutboundFetch, type OutboundFetchOptions } from '../../src/workers/outbound-fetch.js';
import { remoteServer } from '../support/remote-server.js';

const outboundFetch = (options: Partial<OutboundFetchOptions> = {}) =>
  createOutboundFetch({
    allow: ['127.0.0.0/8'],
    bytesMax: 100_000,
    timeoutMs: 10_000,
    signal: new AbortController().signal,
    resolve: (name) => Promise.reject(Object.assign(new Error(`no ${name}`), { code: 'ENOTFOUND' })),
    ...options,
  });

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isFailure(error)) throw new Error(`expected a Failure, got ${String(error)}`);
  expect(error.detail).not.toMatch(/undici|UND_ERR|ECONN|ENOTFOUND|getaddrinfo|socket/i);
  return error;
}

const codeOf = async (promise: Promise<unknown>) => (await failureOf(promise)).code;

describe('an outbound call', () => {
  it('sends method, headers and body, and gives status, headers, URL and body', async () => {
    const bodies: string[] = [];
    const server = await remoteServer(async (request, response) => {
      for await (const chunk of request) bodies.push(String(chunk));
      response.writeHead(201, { 'x-kind': 'test' }).end('grüß dich');
    });
    const response = await outboundFetch()(`${server.origin}/a?b=c`, {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain', 'X-Api-Key': 'k' },
      body: 'hello',
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-kind')).toBe('test');
    expect(response.url).toBe(`${server.origin}/a?b=c`);
    expect(await response.text()).toBe('grüß dich');
    expect(bodies).toEqual(['hello']);
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      url: '/a?b=c',
      headers: {
        'x-api-key': 'k',
        'content-type': 'text/plain',
        'user-agent': 'jobwright',
        host: `127.0.0.1:${server.port}`,
      },
    });
  });

  it('closes its connection when the body has been read', async () => {
    const server = await remoteServer((_request, response) => response.end('x'));
    const response = await outboundFetch()(server.origin);
    await response.text();
    await server.idle();
  });

  it('closes its connection when the body is not wanted', async () => {
    const server = await remoteServer((_request, response) => response.write('x'));
    const response = await outboundFetch()(server.origin);
    response.body.destroy();
    await server.idle();
  });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('inflates %s', async (encoding, compress) => {
    const server = await remoteServer((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(compress('hello '.repeat(100))),
    );
    const response = await outboundFetch()(server.origin);
    expect(await response.text()).toBe('hello '.repeat(100));
    expect(response.headers.has('content-encoding')).toBe(false);
  });

  it('uses no proxy that the environment names', async () => {
    const proxy = await remoteServer((_request, response) => response.end('proxied'));
    const server = await remoteServer((_request, response) => response.end('direct'));
    vi.stubEnv('HTTP_PROXY', proxy.origin);
    vi.stubEnv('http_proxy', proxy.origin);
    onTestFinished(() => void vi.unstubAllEnvs());
    const response = await outboundFetch()(server.origin);
    expect(await response.text()).toBe('direct');
  });

  it.each(['Host', 'Connection', 'Transfer-Encoding', 'Content-Length', 'Proxy-Authorization'])(
    'does not let a processor set %s',
    async (name) => {
      await expect(outboundFetch()('http://127.0.0.1/', { headers: { [name]: 'x' } })).rejects.toThrow(name);
    },
  );
});

describe('a URL that is not allowed', () => {
  it.each([
    ['file:///etc/passwd', /file/],
    ['gopher://127.0.0.1/', /gopher/],
    ['ftp://example.com/', /ftp/],
    ['data:text/plain,x', /data/],
    ['javascript:alert(1)', /javascript/],
    ['not a url', /cannot be read/],
    ['http://', /cannot be read/],
    ['http://user:secret@example.com/', /user name or password/],
    ['http://user@example.com/', /user name or password/],
    ['http://example.com:25/', /Port 25/],
    ['http://example.com:6379/', /Port 6379/],
  ])('%s is refused, and its secrets are not repeated', async (url, why) => {
    const error = await failureOf(outboundFetch()(url));
    expect(error).toMatchObject({ code: 'url_not_allowed', retry: false });
    expect(error.detail).toMatch(why);
    expect(error.detail).not.toContain('secret');
  });
});

describe('an address that is not public', () => {
  it.each([
    'http://127.0.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/',
    'http://0.0.0.0/',
    'http://0/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.0.0.1/',
    'http://0177.0.0.1/',
    'http://127.1/',
    'http://127。0。0。1/',
    'http://①②⑦.0.0.1/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[fd00::1]/',
    'http://[fe80::1]/',
    'http://localhost/',
    'http://localhost./',
    'http://LOCALHOST/',
    'http://a.localhost/',
  ])('is refused as it stands in %s', async (url) => {
    const error = await failureOf(outboundFetch({ allow: [] })(url));
    expect(error).toMatchObject({ code: 'address_not_public', retry: false });
  });

  it.each([
    ['one private address', ['10.0.0.5']],
    ['a public and a private address', ['93.184.216.34', '10.0.0.5']],
    ['a mapped loopback address', ['::ffff:127.0.0.1']],
  ])(
    'is refused when a public name resolves to %s; the detail does not say which',
    async (_what, addresses) => {
      const resolve = async () =>
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      const error = await failureOf(outboundFetch({ allow: [], resolve })('http://public.example/'));
      expect(error.code).toBe('address_not_public');
      expect(error.detail).toBe('"public.example" is not at a public address.');
      expect(String(error.cause)).toContain(addresses.at(-1));
    },
  );

  it('is refused at a redirect, before a byte is sent', async () => {
    const inside = await remoteServer((_request, response) => response.end('secret'));
    const server = await remoteServer((_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.2:${inside.port}/` }).end(),
    );
    expect(await codeOf(outboundFetch({ allow: ['127.0.0.1/32'] })(server.origin))).toBe(
      'address_not_public',
    );
    expect(inside.requests).toHaveLength(0);
    await server.idle();
  });

  it('is not reached by a name that changes its address: checked once, connected to the same', async () => {
    const server = await remoteServer((_request, response) => response.end('fine'));
    const answers = ['127.0.0.1', '10.0.0.1', '10.0.0.1'];
    let asked = 0;
    const resolve = async () => [{ address: answers[asked++] ?? '', family: 4 }];
    const response = await outboundFetch({ resolve })(`http://rebinding.example:${server.port}/`);
    expect(await response.text()).toBe('fine');
    expect(asked).toBe(1);
    expect(server.requests[0]?.headers.host).toBe(`rebinding.example:${server.port}`);
  });

  it('is refused at the next hop when the name has changed by then', async () => {
    const server = await remoteServer((_request, response) =>
      response.writeHead(302, { location: '/again' }).end(),
    );
    const answers = ['127.0.0.1', '10.0.0.1'];
    const resolve = async () => [{ address: answers.shift() ?? '', family: 4 }];
    expect(await codeOf(outboundFetch({ resolve })(`http://rebinding.example:${server.port}/`))).toBe(
      'address_not_public',
    );
    expect(server.requests).toHaveLength(1);
  });

  it('is called where the operator allows it, by name too', async () => {
    const server = await remoteServer((_request, response) => response.end('fine'));
    const response = await outboundFetch()(`http://localhost:${server.port}/`);
    expect(await response.text()).toBe('fine');
  });
});

describe('a redirect', () => {
  it('is followed, relative ones too', async () => {
    const server = await remoteServer((request, response) => {
      if (request.url === '/a/b') response.writeHead(301, { location: '../c?d=e' }).end('moved');
      else response.end(request.url);
    });
    const response = await outboundFetch()(`${server.origin}/a/b`);
    expect(await response.text()).toBe('/c?d=e');
    expect(response.url).toBe(`${server.origin}/c?d=e`);
  });

  it('is followed as often as the limit says, and no further', async () => {
    const server = await remoteServer((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end('there');
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    const fetch = outboundFetch({ redirectsMax: 3 });
    expect(await (await fetch(`${server.origin}/3`)).text()).toBe('there');
    const error = await failureOf(fetch(`${server.origin}/4`));
    expect(error).toMatchObject({ code: 'too_many_redirects', retry: false });
    expect(error.detail).toContain('3');
    await server.idle();
  });

  it('to another origin carries no secret header; to the same origin it does', async () => {
    const other = await remoteServer((_request, response) => response.end('there'));
    const server = await remoteServer((request, response) =>
      response.writeHead(307, { location: request.url === '/' ? '/next' : other.origin }).end(),
    );
    const secrets = { authorization: 'Bearer s', cookie: 'a=b', 'x-api-key': 's' };
    const response = await outboundFetch()(server.origin, { headers: { ...secrets, accept: 'text/plain' } });
    await response.text();
    expect(server.requests.map(({ url }) => url)).toEqual(['/', '/next']);
    expect(server.requests[1]?.headers).toMatchObject(secrets);
    expect(other.requests[0]?.headers.accept).toBe('text/plain');
    for (const name of Object.keys(secrets)) expect(other.requests[0]?.headers).not.toHaveProperty(name);
  });

  it.each([
    [303, 'GET', ''],
    [302, 'GET', ''],
    [307, 'POST', 'hello'],
  ])('with %i continues a POST as %s', async (status, method, sent) => {
    let received = '';
    const server = await remoteServer(async (request, response) => {
      if (request.url === '/') return void response.writeHead(status, { location: '/next' }).end();
      for await (const chunk of request) received += chunk;
      response.end();
    });
    await (await outboundFetch()(server.origin, { method: 'POST', body: 'hello' })).text();
    expect(server.requests[1]?.method).toBe(method);
    expect(received).toBe(sent);
  });

  it.each([
    ['file:///etc/passwd'],
    ['http://user:secret@127.0.0.1/'],
    ['http://127.0.0.1:25/'],
    ['http://['],
  ])('to %s is refused', async (location) => {
    const server = await remoteServer((_request, response) => response.writeHead(302, { location }).end());
    const error = await failureOf(outboundFetch()(server.origin));
    expect(error.code).toBe('url_not_allowed');
    expect(error.detail).not.toContain('secret');
  });

  it('without a Location is an answer like any other', async () => {
    const server = await remoteServer((_request, response) => response.writeHead(304).end());
    expect((await outboundFetch()(server.origin)).status).toBe(304);
  });
});

describe('a response that is too large', () => {
  it('is refused by its Content-Length, before its body', async () => {
    const server = await remoteServer((_request, response) =>
      response.writeHead(200, { 'content-length': 100_001 }).write('x'),
    );
    const error = await failureOf(outboundFetch()(server.origin));
    expect(error).toMatchObject({ code: 'response_too_large', retry: false });
    expect(error.detail).toContain('100000');
    await server.idle();
  });

  it('is cut when it has no end', async () => {
    const server = await remoteServer((_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384)));
      };
      response.on('drain', more);
      more();
    });
    const response = await outboundFetch()(server.origin);
    expect(await codeOf(response.text())).toBe('response_too_large');
    await server.idle();
  });

  it('is cut when it inflates past the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    const server = await remoteServer((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    );
    const response = await outboundFetch()(server.origin);
    expect(await codeOf(response.text())).toBe('response_too_large');
    await server.idle();
  });

  it('keeps to a lower limit of the processor, and a higher one changes nothing', async () => {
    const server = await remoteServer((_request, response) => response.end('x'.repeat(100_000)));
    const lower = await outboundFetch()(server.origin, { responseBytesMax: 99_999 })
      .then(
        (response) => response.text(),
        (error: unknown) => Promise.reject(error),
      )
      .then(
        () => 'read',
        (error: Failure) => error.code,
      );
    expect(lower).toBe('response_too_large');
    expect(await codeOf(outboundFetch({ bytesMax: 50_000 })(server.origin, { responseBytesMax: 1e9 }))).toBe(
      'response_too_large',
    );
    expect(await (await outboundFetch()(server.origin)).text()).toHaveLength(100_000);
  });

  it('counts its headers', async () => {
    const server = await remoteServer((_request, response) =>
      response.writeHead(200, { 'x-large': 'x'.repeat(100_000) }).end(),
    );
    expect(await codeOf(outboundFetch()(server.origin))).toBe('response_too_large');
  });
});

describe('a response that takes too long', () => {
  it('is cut while its headers are awaited', async () => {
    const server = await remoteServer(() => {});
    const error = await failureOf(outboundFetch({ timeoutMs: 100 })(server.origin));
    expect(error).toMatchObject({ code: 'response_timeout', retry: true });
    expect(error.detail).toContain('100 ms');
    await server.idle();
  });

  it('is cut however steadily its body drips', async () => {
    const server = await remoteServer((_request, response) => {
      const drip = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(drip));
    });
    const response = await outboundFetch({ timeoutMs: 300 })(server.origin);
    expect(await codeOf(response.text())).toBe('response_timeout');
    await server.idle();
  });

  it('is cut when nobody reads it, without ending the process', async () => {
    const server = await remoteServer((_request, response) => response.write('x'));
    const response = await outboundFetch({ timeoutMs: 100 })(server.origin);
    expect(response.status).toBe(200);
    await server.idle();
  });

  it('is cut while its name is looked up, or its redirects go on', async () => {
    const never = () => new Promise<never>(() => {});
    expect(await codeOf(outboundFetch({ timeoutMs: 50, resolve: never })('http://slow.example/'))).toBe(
      'response_timeout',
    );
    const server = await remoteServer((_request, response) =>
      setTimeout(() => response.writeHead(302, { location: '/' }).end(), 60),
    );
    expect(await codeOf(outboundFetch({ timeoutMs: 200, redirectsMax: 100 })(server.origin))).toBe(
      'response_timeout',
    );
  });

  it('keeps to a shorter limit of the processor', async () => {
    const server = await remoteServer(() => {});
    expect(await codeOf(outboundFetch()(server.origin, { timeoutMs: 50 }))).toBe('response_timeout');
  });
});

describe('a connection that fails', () => {
  it('because nobody listens', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => server.close(resolve));
    const error = await failureOf(outboundFetch()(`http://127.0.0.1:${port}/`));
    expect(error).toMatchObject({ code: 'connection_failed', retry: true });
    expect(error.cause).toBeDefined();
  });

  it('because the name does not resolve', async () => {
    const error = await failureOf(outboundFetch()('http://nowhere.example/?key=secret'));
    expect(error).toMatchObject({ code: 'connection_failed', retry: true });
    expect(error.detail).toBe('The name "nowhere.example" cannot be resolved.');
  });

  it('because it breaks in the middle of the body', async () => {
    const server = await remoteServer((_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => response.destroy());
    });
    const response = await outboundFetch()(server.origin);
    expect(await codeOf(response.text())).toBe('connection_failed');
  });

  it('because the body is not what its encoding says', async () => {
    const server = await remoteServer((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('plain'),
    );
    const response = await outboundFetch()(server.origin);
    expect(await codeOf(response.text())).toBe('connection_failed');
  });

  it('because the other side does not speak HTTP', async () => {
    const server = createServer((socket) => socket.end('220 mail ready\r\n'));
    onTestFinished(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    expect(await codeOf(outboundFetch()(`http://127.0.0.1:${port}/`))).toBe('connection_failed');
  });

  it('because there is no TLS', async () => {
    const server = await remoteServer((_request, response) => response.end());
    expect(await codeOf(outboundFetch()(`https://127.0.0.1:${server.port}/`))).toBe('connection_failed');
  });
});

describe('an attempt that is stopped', () => {
  it('ends a call that waits for headers, with the reason of the signal', async () => {
    const abort = new AbortController();
    const arrived = new EventEmitter();
    const server = await remoteServer(() => arrived.emit('request'));
    const request = once(arrived, 'request');
    const call = outboundFetch({ signal: abort.signal })(server.origin);
    const settled = call.catch((error: unknown) => error);
    await request;
    const reason = new Error('cancelled');
    abort.abort(reason);
    expect(await settled).toBe(reason);
    await server.idle();
  });

  it('ends a body that is being read', async () => {
    const abort = new AbortController();
    const server = await remoteServer((_request, response) => response.write('x'));
    const response = await outboundFetch({ signal: abort.signal })(server.origin);
    const reason = new Error('cancelled');
    response.body.once('data', () => abort.abort(reason));
    await expect(once(response.body, 'end')).rejects.toBe(reason);
    await server.idle();
  });

  it('calls nobody afterwards', async () => {
    const server = await remoteServer((_request, response) => response.end());
    const call = outboundFetch({ signal: AbortSignal.abort(new Error('cancelled')) })(server.origin);
    await expect(call).rejects.toThrow('cancelled');
    expect(server.requests).toHaveLength(0);
  });
});

describe('a body that breaks off', () => {
  it('is a connection that failed, also for a reader that comes late', async () => {
    const server = createServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc'));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    try {
      const { body } = await outboundFetch()(`http://127.0.0.1:${port}/`);
      await expect.poll(() => body.errored).toMatchObject({ code: 'connection_failed' });
      expect(await codeOf(body.toArray())).toBe('connection_failed');
    } finally {
      server.close();
    }
  });
});
