import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outputFileId } from '../../src/files/file-ids.js';
import { LocalFileStore } from '../../src/files/local-file-store.js';
import { S3Bucket } from '../../src/files/s3-bucket.js';
import { S3FileStore } from '../../src/files/s3-file-store.js';
import { isFailure } from '../../src/models/failure.js';
import { accessKey, bucketName, type S3Request, startS3, type TestS3 } from '../support/s3-server.js';
import {
  bytesOf,
  contractOptions,
  fileStoreContract,
  freshId,
  type StoreUnderTest,
} from './file-store-contract.js';

let s3: TestS3;
let spoolRoot = '';
beforeAll(async () => {
  s3 = await startS3();
  spoolRoot = await mkdtemp(join(tmpdir(), 'jobwright-spool-'));
});
afterAll(async () => {
  await s3.close();
  await rm(spoolRoot, { recursive: true });
});

let made = 0;

async function setup(options: { pageKeysMax?: number; sweepPagesMax?: number } = {}) {
  s3.conditions = 'honoured';
  s3.fault = () => undefined;
  s3.requests.length = 0;
  const prefix = `store-${made++}/`;
  const spoolFolder = join(spoolRoot, prefix);
  let nowMs = Date.now();
  const location = {
    kind: 's3',
    bucket: bucketName,
    prefix,
    endpoint: s3.endpoint,
    forcePathStyle: true,
  } as const;
  const bucket = new S3Bucket({ location, credentials: accessKey });
  const keys = async () => (await s3.keys()).filter((key) => key.startsWith(prefix));
  return {
    bucket,
    prefix,
    keys,
    spooled: () => readdir(spoolFolder).catch((): string[] => []),
    store: new S3FileStore({ ...contractOptions, ...options, bucket, spoolFolder, now: () => nowMs }),
    advance: (milliseconds: number) => {
      nowMs += milliseconds;
    },
    count: async () => (await keys()).length,
  } satisfies StoreUnderTest & Record<string, unknown>;
}

const dayMs = 86_400_000;
const isRecord = ({ key }: S3Request) => key.endsWith('.json');
const isPart = ({ query }: S3Request) => query.has('partNumber');
const large = (bytes: number) => Buffer.alloc(bytes, 'The quick brown fox jumps over the lazy dog. ');

describe('S3FileStore', () => {
  fileStoreContract(setup);

  it('leaves nothing but one file, however many write it at once', async () => {
    const { store, count } = await setup();
    const id = outputFileId('calculation_00000000000000000000000000', 0);
    const texts = ['x', 'yy', 'zzz', 'zzzz'];
    await Promise.all(texts.map((text) => store.write({ id, name: text, content: Buffer.from(text) })));
    expect(await count()).toBe(2);
    expect((await bytesOf(store, id)).length).toBe((await store.stat(id)).size);
  });

  it('keeps nothing on this machine', async () => {
    const { store, spooled } = await setup();
    await store.write({ id: freshId(), name: 'a.txt', content: Buffer.from('text') });
    await expect(store.write({ id: freshId(), name: 'a.txt', content: Buffer.alloc(0) })).rejects.toThrow();
    expect(await spooled()).toEqual([]);
  });

  it('sends a large file in parts, and says where it is by the name of no client', async () => {
    const { store, keys } = await setup();
    const id = freshId();
    const content = large(20_000_000);
    const name = '../../escape.txt';
    const file = await store.write({ id, name, content: Readable.from([content]) });
    expect(file).toMatchObject({ size: content.length, mediaType: 'text/plain' });
    expect((await bytesOf(store, id)).equals(content)).toBe(true);
    const range = { start: 8_388_600, end: 8_388_700 };
    expect(await buffer((await store.open(id, () => range)).stream)).toEqual(
      content.subarray(range.start, range.end + 1),
    );
    expect(s3.requests.filter(isPart)).toHaveLength(3);
    expect((await keys()).join()).not.toContain('escape');
  });

  it('clears the parts away when one of them fails for good', async () => {
    const { store, count, spooled } = await setup();
    s3.fault = (request) => (isPart(request) ? { status: 403, code: 'AccessDenied' } : undefined);
    const written = store.write({ id: freshId(), name: 'a', content: large(20_000_000) });
    await expect(written).rejects.toMatchObject({ code: 'internal_error' });
    expect(s3.requests.some(({ method, query }) => method === 'DELETE' && query.has('uploadId'))).toBe(true);
    expect([await count(), await spooled()]).toEqual([0, []]);
  });

  it('sends a part again that fails in passing', async () => {
    const { store } = await setup();
    let failed = 0;
    s3.fault = (request) =>
      isPart(request) && failed++ < 2 ? { status: 500, code: 'InternalError' } : undefined;
    const id = freshId();
    const content = large(20_000_000);
    await store.write({ id, name: 'a', content });
    expect((await bytesOf(store, id)).equals(content)).toBe(true);
  });

  it.each(['a small file', 'a large one'])(
    'leaves nothing of %s when it is aborted on its way',
    async (which) => {
      const { store, count, spooled } = await setup();
      const controller = new AbortController();
      const discarded = new Error('discarded');
      s3.fault = (request) => {
        if (request.method !== 'PUT' || isRecord(request)) return undefined;
        controller.abort(discarded);
        return 'hang';
      };
      const content = large(which === 'a small file' ? 1_000 : 20_000_000);
      const written = store.write({ id: freshId(), name: 'a', content, signal: controller.signal });
      await expect(written).rejects.toBe(discarded);
      expect([await count(), await spooled()]).toEqual([0, []]);
    },
  );

  it('takes a record for written whose answer got lost', async () => {
    const { store, count } = await setup();
    let lost = 0;
    s3.fault = (request) =>
      request.method === 'PUT' && isRecord(request) && lost++ === 0 ? { cutAfter: -1 } : undefined;
    const id = freshId();
    await store.write({ id, name: 'a.txt', content: Buffer.from('text') });
    expect(lost).toBe(2);
    expect((await bytesOf(store, id)).toString()).toBe('text');
    expect(await count()).toBe(2);
  });

  it('goes on with a download where the connection broke', async () => {
    const { store } = await setup();
    const id = freshId();
    const content = large(3_000_000);
    await store.write({ id, name: 'a', content });
    const cuts = [500_000, 1_000_000, 0];
    s3.fault = (request) => {
      if (request.method !== 'GET' || isRecord(request)) return undefined;
      const cutAfter = cuts.shift();
      return cutAfter === undefined ? undefined : { cutAfter };
    };
    expect((await bytesOf(store, id)).equals(content)).toBe(true);
    expect(cuts).toEqual([]);
  });

  it('gives a download up that breaks again and again', async () => {
    const { store } = await setup();
    const id = freshId();
    await store.write({ id, name: 'a', content: large(3_000_000) });
    s3.fault = (request) =>
      request.method === 'GET' && !isRecord(request) ? { cutAfter: 1_000 } : undefined;
    await expect(bytesOf(store, id)).rejects.toMatchObject({ code: 'storage_unavailable', retry: true });
  });

  it('asks for nothing more once a download is destroyed', async () => {
    const { store } = await setup();
    const id = freshId();
    await store.write({ id, name: 'a', content: large(3_000_000) });
    const { stream } = await store.open(id);
    s3.requests.length = 0;
    stream.once('data', () => stream.destroy(new Error('the client has gone')));
    await expect(buffer(stream)).rejects.toThrow('the client has gone');
    expect(s3.requests).toEqual([]);
  });

  it.each([
    ['NoSuchBucket', 404, 'internal_error'],
    ['AccessDenied', 403, 'internal_error'],
    ['SignatureDoesNotMatch', 403, 'internal_error'],
    ['InsufficientStorage', 507, 'storage_full'],
    ['QuotaExceeded', 403, 'storage_full'],
    ['XMinioStorageFull', 507, 'storage_full'],
    ['SlowDown', 503, 'storage_unavailable'],
    ['InternalError', 500, 'storage_unavailable'],
  ])('answers for %s (%d) with %s, and has the cause for the log only', async (name, status, code) => {
    const { store } = await setup();
    s3.fault = () => ({ status, code: name });
    const asked = [
      store.write({ id: freshId(), name: 'a.txt', content: Buffer.from('text') }),
      store.stat(freshId()),
      store.open(freshId()),
      store.remove(freshId()),
      store.sweep(),
      store.check(),
    ];
    for (const answer of await Promise.allSettled(asked)) {
      if (answer.status !== 'rejected' || !isFailure(answer.reason)) throw new Error('expected a Failure');
      const { code: found, detail, retry, cause } = answer.reason;
      expect([found, retry]).toEqual([code, true]);
      expect(detail).not.toContain(bucketName);
      expect(String(cause)).toContain(name);
      if (code === 'internal_error') expect(String(cause)).toContain(bucketName);
    }
  });

  it('answers storage_unavailable where nobody listens, and where connections break', async () => {
    const { store } = await setup();
    s3.fault = () => 'cut';
    await expect(store.stat(freshId())).rejects.toMatchObject({ code: 'storage_unavailable' });
    const location = { kind: 's3', bucket: bucketName, prefix: '', endpoint: 'http://127.0.0.1:1' } as const;
    const bucket = new S3Bucket({ location: { ...location, forcePathStyle: true }, credentials: accessKey });
    const elsewhere = new S3FileStore({ ...contractOptions, bucket, spoolFolder: spoolRoot });
    await expect(elsewhere.stat(freshId())).rejects.toMatchObject({ code: 'storage_unavailable' });
  });

  describe('sweep', () => {
    it('reads no record of what is not due', async () => {
      const { store } = await setup();
      for (const text of ['a', 'b', 'c'])
        await store.write({ id: freshId(), name: 'a.txt', content: Buffer.from(text) });
      s3.requests.length = 0;
      await store.sweep();
      expect(s3.requests.filter(({ query }) => !query.has('list-type'))).toEqual([]);
    });

    it('goes through any number of pages, and on in the next round where it is bounded', async () => {
      const { store, advance, keys } = await setup({ pageKeysMax: 3, sweepPagesMax: 2 });
      for (let made = 0; made < 7; made++)
        await store.write({ id: freshId(), name: 'a.txt', content: Buffer.from('text') });
      advance(contractOptions.retentionMs);
      const rounds: number[] = [];
      while (rounds.reduce((sum, expired) => sum + expired, 0) < 7)
        rounds.push((await store.sweep()).expired);
      expect(rounds.length).toBeGreaterThan(2);
      expect((await keys()).every((key) => key.endsWith('.json'))).toBe(true);
    });

    it('removes bytes that no record names after a day, and what a process left on this machine', async () => {
      const { store, bucket, advance, count, prefix, spooled } = await setup();
      const keptMs = 30 * dayMs;
      const [id, other] = [freshId(), freshId()];
      await store.write({ id, name: 'a.txt', content: Buffer.from('text'), retentionMs: keptMs });
      const spooledPath = join(spoolRoot, prefix, 'dead');
      await mkdir(join(spoolRoot, prefix), { recursive: true });
      await writeFile(spooledPath, 'half');
      const hoursAgo = new Date(Date.now() - 7_200_000);
      await utimes(spooledPath, hoursAgo, hoursAgo);
      const expires = Date.now() + keptMs;
      for (const left of [id, other])
        await bucket.upload(`stored/${left.slice(-2)}/${left}.${expires}.dead`, spooledPath, 4);
      await store.sweep();
      expect([await count(), await spooled()]).toEqual([4, []]);
      advance(dayMs + 60_000);
      expect(await store.sweep()).toEqual({ expired: 0, forgotten: 0 });
      expect(await count()).toBe(2);
      expect((await bytesOf(store, id)).toString()).toBe('text');
    });

    it('serves what was copied from the folder of a local store, and removes it in the end', async () => {
      const { store, bucket, advance, count } = await setup();
      const folder = await mkdtemp(join(spoolRoot, 'local-'));
      const id = freshId();
      const local = new LocalFileStore({ ...contractOptions, folder });
      await local.write({ id, name: 'a.txt', content: Buffer.from('text') });
      const shard = join('stored', id.slice(-2));
      for (const name of await readdir(join(folder, shard)))
        await bucket.upload(
          `${shard}/${name}`,
          join(folder, shard, name),
          (await stat(join(folder, shard, name))).size,
        );
      expect((await bytesOf(store, id)).toString()).toBe('text');
      advance(contractOptions.tombstoneMs + 60_000);
      expect(await store.sweep()).toEqual({ expired: 1, forgotten: 0 });
      expect(await count()).toBe(1);
    });

    it('leaves a record of another form alone, and its bytes: a newer version may have written it', async () => {
      const { store, bucket, advance, count } = await setup();
      const id = freshId();
      await store.write({ id, name: 'a.txt', content: Buffer.from('text') });
      await bucket.put(`stored/${id.slice(-2)}/${id}.json`, '{"state":"archived"}', 5_000);
      advance(100 * dayMs);
      expect(await store.sweep()).toEqual({ expired: 0, forgotten: 0 });
      expect(await count()).toBe(2);
    });
  });

  describe('check', () => {
    it('writes, and remembers that it could for a while', async () => {
      const { store, advance, keys, prefix } = await setup();
      await store.check();
      await store.check();
      expect(s3.requests).toHaveLength(1);
      expect(await keys()).toEqual([`${prefix}check`]);
      s3.fault = () => ({ status: 403, code: 'AccessDenied' });
      await store.check();
      advance(30_000);
      await expect(store.check()).rejects.toMatchObject({ code: 'internal_error' });
      s3.fault = () => undefined;
      advance(5_000);
      await store.check();
    });

    it('says within 3 s that nobody answers', async () => {
      const { store } = await setup();
      s3.fault = () => 'hang';
      const startMs = performance.now();
      await expect(store.check()).rejects.toMatchObject({ code: 'storage_unavailable' });
      expect(performance.now() - startMs).toBeLessThan(4_500);
    });
  });
});

describe('S3FileStore, on a server that refuses conditional requests', () => {
  fileStoreContract(async () => {
    const under = await setup();
    s3.conditions = 'refused';
    return under;
  });
});
