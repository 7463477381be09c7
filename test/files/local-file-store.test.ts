import { writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outputFileId } from '../../src/files/file-ids.js';
import { LocalFileStore } from '../../src/files/local-file-store.js';
import { storageFailure } from '../../src/files/storage-failure.js';
import { isFailure } from '../../src/models/failure.js';
import {
  bytesOf,
  contractOptions,
  fileStoreContract,
  freshId,
  type StoreUnderTest,
} from './file-store-contract.js';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'jobwright-files-'));
});
afterAll(() => rm(root, { recursive: true }));

async function setup(): Promise<StoreUnderTest & { folder: string }> {
  const folder = await mkdtemp(join(root, 'store-'));
  let nowMs = Date.now();
  return {
    folder,
    store: new LocalFileStore({ ...contractOptions, folder, now: () => nowMs }),
    advance: (milliseconds) => {
      nowMs += milliseconds;
    },
    count: async () => {
      const found = await readdir(folder, { recursive: true, withFileTypes: true });
      return found.filter((entry) => entry.isFile()).length;
    },
  };
}

describe('LocalFileStore', () => {
  fileStoreContract(setup);

  it('shows a file to another process on the same folder', async () => {
    const { store, folder } = await setup();
    const id = freshId();
    await store.write({ id, name: 'a.txt', content: Buffer.from('text') });
    const other = new LocalFileStore({ ...contractOptions, folder });
    expect((await bytesOf(other, id)).toString()).toBe('text');
  });

  it('removes bytes that a process left behind when it died, and not those that are still arriving', async () => {
    const { store, folder, count } = await setup();
    const id = freshId();
    await store.write({ id, name: 'a.txt', content: Buffer.from('text') });
    const shard = join(folder, 'stored', id.slice(-2));
    const longAgo = new Date(Date.now() - 7_200_000);
    for (const path of [join(folder, 'incoming', 'dead'), join(shard, `${freshId()}.dead`)]) {
      await writeFile(path, 'half');
      await utimes(path, longAgo, longAgo);
    }
    await writeFile(join(folder, 'incoming', 'arriving'), 'half');
    const before = await count();
    expect(await store.sweep()).toEqual({ expired: 0, forgotten: 0 });
    expect(await count()).toBe(before - 2);
    expect((await bytesOf(store, id)).toString()).toBe('text');
    expect(await readdir(join(folder, 'incoming'))).toEqual(['arriving']);
  });

  it.each(['', '{"state":"pres'])(
    'sweeps on past the record %j, and removes it when it is old',
    async (text) => {
      const { store, folder, advance, count } = await setup();
      const broken = freshId();
      const other = freshId();
      for (const id of [broken, other])
        await store.write({ id, name: 'a.txt', content: Buffer.from('text') });
      await writeFile(join(folder, 'stored', broken.slice(-2), `${broken}.json`), text);
      await expect(store.stat(broken)).rejects.toMatchObject({ code: 'file_not_found' });
      advance(contractOptions.retentionMs / 2);
      expect(await store.sweep()).toEqual({ expired: 0, forgotten: 0 });
      expect(await count()).toBe(4);
      advance(contractOptions.retentionMs);
      expect(await store.sweep()).toEqual({ expired: 1, forgotten: 0 });
      expect(await count()).toBe(1); // the tombstone of the other
      await store.write({ id: broken, name: 'b.txt', content: Buffer.from('again') });
    },
  );

  it('leaves a record of another form alone, and its bytes: a newer version may have written it', async () => {
    const { store, folder, advance, count } = await setup();
    const id = freshId();
    await store.write({ id, name: 'a.txt', content: Buffer.from('text') });
    await writeFile(join(folder, 'stored', id.slice(-2), `${id}.json`), '{"state":"archived"}');
    advance(100 * contractOptions.retentionMs);
    expect(await store.sweep()).toEqual({ expired: 0, forgotten: 0 });
    expect(await count()).toBe(2);
  });

  it('does not bury a file that has replaced an expired one meanwhile', async () => {
    const { folder } = await setup();
    const id = freshId();
    const recordPath = join(folder, 'stored', id.slice(-2), `${id}.json`);
    let nowMs = Date.now();
    let asked = 0;
    let whenAsked: (times: number) => unknown = () => {};
    const now = () => {
      whenAsked(++asked);
      return nowMs;
    };
    const store = new LocalFileStore({ ...contractOptions, folder, retentionMs: 1_000, now });
    await store.write({ id, name: 'a.txt', content: Buffer.from('first') });
    const expired = await readFile(recordPath);
    nowMs += 1_000;
    await store.write({ id, name: 'b.txt', content: Buffer.from('of a retry') });
    const fresh = await readFile(recordPath);
    await writeFile(recordPath, expired);
    asked = 0;
    // Asked once for the round, and again because it has read the expired record.
    whenAsked = (times) => times === 2 && writeFileSync(recordPath, fresh);
    expect(await store.sweep()).toEqual({ expired: 0, forgotten: 0 });
    expect(asked).toBeGreaterThan(1);
    expect((await bytesOf(store, id)).toString()).toBe('of a retry');
  });

  it('says why it cannot be written to', async () => {
    const { folder } = await setup();
    await writeFile(join(folder, 'a file'), '');
    const store = new LocalFileStore({ ...contractOptions, folder: join(folder, 'a file') });
    await expect(store.check()).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('never uses a name as a path', async () => {
    const { store, folder } = await setup();
    await store.write({ id: freshId(), name: '../../../escape.txt', content: Buffer.from('text') });
    const everything = await readdir(root, { recursive: true });
    expect(everything.filter((path) => path.includes('escape'))).toEqual([]);
    expect(await readdir(folder)).toEqual(['incoming', 'stored']);
  });
});

describe('storageFailure', () => {
  it.each(['ENOSPC', 'EDQUOT'])('turns %s into storage_full, and keeps the cause for the log', (code) => {
    const cause = Object.assign(new Error('no space left on device, write'), { code });
    const error = storageFailure(cause);
    expect(isFailure(error) && [error.code, error.retry, error.cause]).toEqual(['storage_full', true, cause]);
    expect(isFailure(error) && error.detail).not.toContain('device');
  });

  it('leaves any other error as it is', () => {
    const error = Object.assign(new Error('denied'), { code: 'EACCES' });
    expect(storageFailure(error)).toBe(error);
  });
});

describe('outputFileId', () => {
  it('is the same for the same job and index, and another for any other', () => {
    const id = outputFileId('a_00000000000000000000000000', 0);
    expect(outputFileId('a_00000000000000000000000000', 0)).toBe(id);
    expect(outputFileId('a_00000000000000000000000000', 1)).not.toBe(id);
    expect(outputFileId('a_00000000000000000000000001', 0)).not.toBe(id);
  });
});
