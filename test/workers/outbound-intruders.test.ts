/** Ways to make a worker call what only it can reach: every spelling of an address, at every hop, for every caller. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isFailure } from '../../src/models/failure.js';
import { createOutboundFetch, type OutboundFetchOptions } from '../../src/workers/outbound-fetch.js';
import { startApi, type TestApi } from '../support/api.js';
import { remoteServer } from '../support/remote-server.js';

const outboundFetch = (options: Partial<OutboundFetchOptions> = {}) =>
  createOutboundFetch({
    allow: [],
    bytesMax: 10_000,
    timeoutMs: 5_000,
    signal: new AbortController().signal,
    ...options,
  });

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'answered';
  } catch (error) {
    if (isFailure(error)) return error.code;
    throw error;
  }
}

/** Spellings of addresses that are nobody's business. Those that are no URL at all are refused as such. */
const inside = [
  'http://127.0.0.1./',
  'http://127.000.000.001/',
  'http://0177.0000.0000.0001/',
  'http://017700000001/',
  'http://0x7F.0x0.0x0.0x1/',
  'http://127.0x1/',
  'http://127.65537/',
  'http://%31%32%37%2e%30%2e%30%2e%31/',
  'http://１２７.０.０.１/',
  'http://127｡0．0。1/',
  'http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/',
  'http://ｌｏｃａｌｈｏｓｔ/',
  'http://loc\u00adalhost/',
  'http://foo.localhost./',
  'http:\\\\127.0.0.1\\',
  'http:127.0.0.1',
  'http:/127.0.0.1/',
  'http:///127.0.0.1/',
  'http://\t127.0.\n0.1/',
  ' http://127.0.0.1/ ',
  'HTTP://127.0.0.1/',
  'http://127.0.0.1:80/',
  'http://127.0.0.1#@example.com/',
  'http://127.0.0.1?@example.com/',
  'http://127.0.0.1\\@example.com/',
  'http://2852039166/',
  'http://0xA9FEA9FE/',
  'http://169.254.43518/',
  'http://[::ffff:169.254.169.254]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[0:0:0:0:0:ffff:7f00:0001]/',
  'http://[::ffff:0:127.0.0.1]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[64:ff9b:1::a00:1]/',
  'http://[2002:a9fe:a9fe::]/',
  'http://[2001:0:53aa:64c:0:5efe:7f00:1]/',
  'http://[fe80::5efe:7f00:1]/',
  'http://[::7f00:1]/',
  'http://[0000:0000:0000:0000:0000:0000:0000:0001]/',
  'http://[fd00:ec2::254]/',
  'http://[ff02::1]/',
  'http://255.255.255.255/',
  'http://0.0.0.0:8080/',
  'http://100.100.100.200/',
  'http://192.168.0.1.:8080/',
];

const notEvenUrls = [
  'http://[fe80::1%25eth0]/',
  'http://[::1%lo]/',
  'http://256.0.0.1/',
  'http://127.0.0.0x100000000/',
  'http://1.2.3.4.5/',
  'http://127.0.0.1\u0000.example.com/',
  'http://127.0.0.1%00.example.com/',
  'http://user:pass@127.0.0.1/',
  'http://127.0.0.1@[::1]/',
  'http://a:b@example.com:80@127.0.0.1/',
  'https://user@127.0.0.1/',
  'http://127.0.0.1:22/',
  'ftp://127.0.0.1/',
  'unix:/var/run/docker.sock',
  'blob:http://127.0.0.1/1',
  'about:blank',
  'view-source:http://127.0.0.1/',
];

describe('an address inside', () => {
  it.each(inside)('is not called as %j', async (url) => {
    expect(await codeOf(outboundFetch()(url))).toBe('address_not_public');
  });

  it.each(notEvenUrls)('is not called as %j', async (url) => {
    expect(await codeOf(outboundFetch()(url))).toBe('url_not_allowed');
  });

  it.each([...inside, ...notEvenUrls].filter((url) => /^[\x20-\x7e]+$/.test(url)))(
    'is not where a redirect leads: %j',
    async (location) => {
      const outside = await remoteServer((_request, response) => response.writeHead(307, { location }).end());
      // The one outside is reached by name, so that no address of its own has to be allowed.
      const resolve = async () => [{ address: '127.0.0.9', family: 4 }];
      const fetch = outboundFetch({ allow: ['127.0.0.9/32'], resolve });
      const hop = `http://outside.example:${outside.port}/`;
      const code = await codeOf(fetch(hop, { method: 'POST', body: 'x' }));
      expect(['address_not_public', 'url_not_allowed', 'connection_failed']).toContain(code);
    },
  );

  it.each([0, 1, 2, 3, 4])('is not reached after %i redirects that are right', async (hops) => {
    const secret = await remoteServer((_request, response) => response.end('secret'));
    const outside = await remoteServer((request, response) => {
      const hop = Number(request.url?.slice(1));
      const location = hop < hops ? `/${hop + 1}` : `http://2130706434:${secret.port}/`;
      response.writeHead(302, { location }).end();
    });
    const fetch = outboundFetch({ allow: ['127.0.0.1/32'] });
    expect(await codeOf(fetch(`${outside.origin}/0`))).toBe('address_not_public');
    expect(outside.requests).toHaveLength(hops + 1);
    expect(secret.requests).toHaveLength(0);
  });

  it.each([
    [['93.184.216.34', '127.0.0.1']],
    [['2606:4700:4700::1111', '::1']],
    [['2606:4700:4700::1111', '::ffff:10.0.0.1']],
    [['fe80::1%eth0']],
    [['64:ff9b::a00:1']],
    [['not an address']],
    [['0']],
  ])('is not reached by a name that resolves to %j', async (addresses) => {
    const resolve = async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    expect(await codeOf(outboundFetch({ resolve })('http://name.example/'))).toBe('address_not_public');
  });

  it('is not reached by a name that answers otherwise when it is asked again', async () => {
    const server = await remoteServer((_request, response) => response.end('fine'));
    let asked = 0;
    // Public, as far as this test's rules go, for whoever checks; inside for whoever asks once more to connect.
    const resolve = async () => [{ address: asked++ === 0 ? '127.0.0.1' : '127.0.0.2', family: 4 }];
    const fetch = outboundFetch({ allow: ['127.0.0.1/32'], resolve });
    for (let call = 0; call < 5; call++) {
      asked = 0;
      const response = await fetch(`http://rebinding.example:${server.port}/`);
      expect(await response.text()).toBe('fine');
      expect(asked).toBe(1);
    }
  });

  it.each([
    'HTTP_PROXY',
    'http_proxy',
    'HTTPS_PROXY',
    'https_proxy',
    'ALL_PROXY',
    'all_proxy',
    'GLOBAL_AGENT_HTTP_PROXY',
    'NODE_USE_ENV_PROXY',
  ])('is not reached, and nobody told, through a proxy of the environment: %s', async (variable) => {
    const proxy = await remoteServer((_request, response) => response.end('from the proxy'));
    const server = await remoteServer((_request, response) => response.end('direct'));
    vi.stubEnv(variable, variable.startsWith('NODE') ? '1' : proxy.origin);
    vi.stubEnv('HTTP_PROXY', proxy.origin);
    try {
      const response = await outboundFetch({ allow: ['127.0.0.1/32'] })(server.origin);
      expect(await response.text()).toBe('direct');
      expect(proxy.requests).toHaveLength(0);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('a caller', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi({ WEBHOOK_SECRETS: `whsec_${Buffer.alloc(32, 7).toString('base64')}` });
    await api.startWorker();
  });
  afterAll(() => api.close());

  const addresses = [
    'http://127.0.0.1:8001/',
    'http://[::ffff:169.254.169.254]/',
    'http://2130706433/',
    'http://localhost:6380/',
  ];

  it.each(addresses)('is kept out as the source of a file: %s', async (url) => {
    const job = await api.run('file_processing', {
      source: { url },
      operations: [{ operation: 'checksum' }],
    });
    expect(job).toMatchObject({
      status: 'failed',
      error: { code: 'address_not_public' },
      attempts: { made: 1 },
    });
  });

  it.each(addresses)('is kept out as a look-up: %s', async (url) => {
    const job = await api.run('data_enrichment', { record: { name: 'Ada' }, lookup: { url } });
    expect(job).toMatchObject({
      status: 'failed',
      error: { code: 'address_not_public' },
      attempts: { made: 1 },
    });
  });

  it.each(addresses)('is kept out as a callback: %s', async (callbackUrl) => {
    const payload = { operation: 'sum', numbers: [1] };
    const job = await api.run('calculation', payload, { callbackUrl });
    expect(job.status).toBe('completed');
    await expect
      .poll(
        async () => {
          const { body } = await api.http
            .get(`/api/jobs?type=callback_delivery&tag=callback:${job.id}`)
            .expect(200);
          return body.jobs.map(
            ({ error, attempts }: { error?: { code: string }; attempts: { made: number } }) => [
              error?.code,
              attempts.made,
            ],
          );
        },
        { timeout: 15_000 },
      )
      .toEqual([['address_not_public', 1]]);
  });
});
