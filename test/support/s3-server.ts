/**
 * An S3 server of this machine for tests: s3rver, and in front of it a proxy of our own for what s3rver cannot do
 * (conditional requests; listings in pages, for which it needs a cipher that OpenSSL 3 does not have; the range 0-0) and for what a
 * network and a cloud do to requests.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import S3rver from '@20minutes/s3rver';

export const bucketName = 'jobwright-files';
export const accessKey = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

/**
 * `hang` never answers; `cut` breaks the connection; `cutAfter` does what is asked and breaks it after so many bytes of
 * the answer, -1 before its head.
 */
export type Fault = { status: number; code: string } | 'hang' | 'cut' | { cutAfter: number };

export interface S3Request {
  method: string;
  /** With the prefix, without the bucket. */
  key: string;
  query: URLSearchParams;
}

export interface TestS3 {
  /** `http://127.0.0.1:PORT` */
  endpoint: string;
  /** What it does with `If-Match` and `If-None-Match`; `honoured` at first. */
  conditions: 'honoured' | 'ignored' | 'refused';
  /** Asked for every request. */
  fault: (request: S3Request) => Fault | undefined;
  /** All that arrived since it was emptied. */
  requests: S3Request[];
  /** What is in the bucket. */
  keys(): Promise<string[]>;
  close(): Promise<void>;
}

export async function startS3(): Promise<TestS3> {
  const directory = await mkdtemp(join(tmpdir(), 'jobwright-s3-'));
  const s3rver = new S3rver({
    address: '127.0.0.1',
    port: 0,
    directory,
    silent: true,
    // The proxy changes what was signed.
    allowMismatchedSignatures: true,
    configureBuckets: [{ name: bucketName }],
  });
  const { port: upstreamPort } = await s3rver.run();
  /** Of each key, what is under way: a condition is decided and acted on in one step. */
  const turns = new Map<string, Promise<unknown>>();

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://s3');
    const key = decodeURIComponent(url.pathname.split('/').slice(2).join('/'));
    const seen = { method: request.method ?? '', key, query: url.searchParams };
    s3.requests.push(seen);
    const fault = s3.fault(seen);
    if (fault === 'hang') return;
    if (fault === 'cut') return void request.destroy();
    if (fault !== undefined && 'status' in fault) return refuse(request, response, fault.status, fault.code);
    const serve = () => forward(request, response, url, fault?.cutAfter);
    const turn = (turns.get(key) ?? Promise.resolve()).then(serve, serve);
    // What is long and never overwritten need not wait.
    if (key.endsWith('.json')) turns.set(key, turn);
    await turn.catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const s3: TestS3 = {
    endpoint: `http://127.0.0.1:${port}`,
    conditions: 'honoured',
    fault: () => undefined,
    requests: [],
    async keys() {
      const names = await readdir(join(directory, bucketName), { recursive: true }).catch(() => []);
      const suffix = '._S3rver_object';
      return names.filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length));
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await s3rver.close();
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return s3;

  async function forward(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    cutAfter = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = request.headers;
    const isConditional = request.method !== 'GET' && (ifMatch !== undefined || ifNoneMatch !== undefined);
    if (isConditional && s3.conditions === 'refused') return refuse(request, response, 501, 'NotImplemented');
    if (isConditional && s3.conditions === 'honoured') {
      const etag = await etagOf(url.pathname);
      if (ifMatch !== undefined && etag === undefined) return refuse(request, response, 404, 'NoSuchKey');
      if ((ifMatch !== undefined && ifMatch !== etag) || (ifNoneMatch === '*' && etag !== undefined))
        return refuse(request, response, 412, 'PreconditionFailed');
    }
    const keysMax = Number(url.searchParams.get('max-keys') ?? Number.NaN);
    url.searchParams.delete('max-keys');
    const answer = await upstream(request.method ?? '', url.pathname + url.search, request);
    if (url.searchParams.has('list-type')) {
      const page = pageOf((await buffer(answer)).toString(), keysMax);
      const { 'content-length': _, ...headers } = answer.headers;
      response.writeHead(answer.statusCode ?? 500, headers).end(page);
      return;
    }
    // Which s3rver takes for no range at all.
    if (request.headers.range === 'bytes=0-0' && answer.statusCode === 206) {
      const all = await buffer(answer);
      const range = { 'content-range': `bytes 0-0/${all.length}`, 'content-length': '1' };
      response.writeHead(206, { ...answer.headers, ...range }).end(all.subarray(0, 1));
      return;
    }
    if (cutAfter < 0) return void response.destroy();
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    // Who has seen enough goes away.
    if (cutAfter === Number.POSITIVE_INFINITY) return void (await pipeline(answer, response).catch(() => {}));
    const all = await buffer(answer);
    response.write(all.subarray(0, cutAfter), () => response.destroy());
  }

  function upstream(method: string, path: string, body?: IncomingMessage): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = body?.headers ?? {};
      const asked = httpRequest({ host: '127.0.0.1', port: upstreamPort, method, path, headers }, resolve);
      asked.on('error', reject);
      if (body === undefined) asked.end();
      else {
        // As a server that gets half a body stores nothing.
        body.on('error', () => asked.destroy()).pipe(asked);
        body.on('close', () => body.complete || asked.destroy());
      }
    });
  }

  async function etagOf(path: string): Promise<string | undefined> {
    const answer = await upstream('HEAD', path);
    answer.resume();
    return answer.statusCode === 200 ? answer.headers.etag : undefined;
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, status: number, code: string): void {
  request.resume();
  response.writeHead(status, { 'Content-Type': 'application/xml' });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>Told to.</Message></Error>`);
}

function pageOf(listing: string, keysMax: number): string {
  const all = [...listing.matchAll(/<Contents>.*?<\/Contents>/gs)];
  const rest = all[keysMax];
  const last = all.at(-1);
  if (rest === undefined || last === undefined) return listing;
  const end = (last.index ?? 0) + last[0].length;
  return (listing.slice(0, rest.index) + listing.slice(end)).replace(
    '<IsTruncated>false',
    '<IsTruncated>true',
  );
}
