/** What every file store must do. Each implementation's own test file calls this first. */
import { createHash } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { newFileId, outputFileId } from '../../src/files/file-ids.js';
import type { FileStore } from '../../src/files/file-store.js';
import { storedFileSchema } from '../../src/models/stored-file.js';
import { animation, photo, pixelBomb } from '../support/images.js';

export interface StoreUnderTest {
  store: FileStore;
  /** Moves the store's clock. */
  advance(milliseconds: number): void;
  /** Objects or files that the store holds, of whatever kind: nothing may pile up. */
  count(): Promise<number>;
}

/** How each store under test is to be set up. */
export const contractOptions = {
  retentionMs: 3_600_000,
  tombstoneMs: 7_200_000,
  imagePixelsMax: 10_000_000,
  basePath: '/prefix',
};

const discarded = new Error('The attempt was discarded.');

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(discarded) };
}

export const bytesOf = async (store: FileStore, id: string) => buffer((await store.open(id)).stream);

let made = 0;
export const freshId = () => newFileId(1_700_000_000_000, Buffer.alloc(10, `id ${made++}`));

export function fileStoreContract(setup: () => Promise<StoreUnderTest>): void {
  describe('write', () => {
    it('answers all there is to know about the file', async () => {
      const { store } = await setup();
      const id = freshId();
      const file = await store.write({ id, name: 'notes.txt', content: Readable.from(['Hello ', 'Wörld']) });
      expect(storedFileSchema.parse(file)).toEqual(file);
      expect(file).toMatchObject({
        id,
        name: 'notes.txt',
        mediaType: 'text/plain',
        size: 12,
        sha256: createHash('sha256').update('Hello Wörld').digest('hex'),
        downloadUrl: `/prefix/api/files/${id}`,
      });
      expect(Date.parse(file.expiresAt ?? '') - Date.parse(file.createdAt)).toBe(contractOptions.retentionMs);
      expect(await store.stat(id)).toEqual(file);
    });

    it('keeps whose a file is: it is not there for another, present or gone, and everybody’s where none asks', async () => {
      const { store } = await setup();
      const [theirs, nobodys] = [freshId(), freshId()];
      const file = await store.write({
        id: theirs,
        name: 'a.txt',
        content: Buffer.from('a'),
        tenant: 'acme',
      });
      expect(file.tenant).toBe('acme');
      await store.write({ id: nobodys, name: 'b.txt', content: Buffer.from('b') });
      for (const id of [theirs, nobodys]) {
        await expect(store.stat(id, 'globex')).rejects.toMatchObject({ code: 'file_not_found' });
        await expect(store.open(id, undefined, 'globex')).rejects.toMatchObject({ code: 'file_not_found' });
        expect(await store.stat(id)).toMatchObject({ id });
      }
      expect(await store.stat(theirs, 'acme')).toEqual(file);
      const { stream } = await store.open(theirs, undefined, 'acme');
      expect(String(await buffer(stream))).toBe('a');
      await store.remove(theirs);
      await expect(store.stat(theirs, 'acme')).rejects.toMatchObject({ code: 'file_gone' });
      await expect(store.stat(theirs, 'globex')).rejects.toMatchObject({ code: 'file_not_found' });
    });

    it('keeps a file as long as is said of it', async () => {
      const { store } = await setup();
      const content = Buffer.from('Hello');
      const file = await store.write({ id: freshId(), name: 'a.txt', content, retentionMs: 1_000 });
      expect(Date.parse(file.expiresAt ?? '') - Date.parse(file.createdAt)).toBe(1_000);
    });

    it('measures images and counts frames', async () => {
      const { store } = await setup();
      const still = await store.write({ id: freshId(), name: 'a.jpg', content: await photo(64, 48) });
      expect(still).toMatchObject({ mediaType: 'image/jpeg', width: 64, height: 48 });
      expect(still).not.toHaveProperty('frames');
      const moving = await store.write({
        id: freshId(),
        name: 'a.gif',
        content: await animation('gif', 20, 10),
      });
      expect(moving).toMatchObject({ mediaType: 'image/gif', width: 20, height: 10, frames: 3 });
    });

    it('takes a truncated image: whoever decodes it says so', async () => {
      const { store } = await setup();
      const whole = await photo(64, 48);
      const file = await store.write({
        id: freshId(),
        name: 'a.jpg',
        content: whole.subarray(0, whole.length / 2),
      });
      expect(file).toMatchObject({ mediaType: 'image/jpeg', width: 64, height: 48 });
    });

    it.each([
      ['zero bytes', 'a.txt', new Uint8Array(), 'empty_file'],
      ['zero bytes from a stream', 'a.txt', Readable.from([]), 'empty_file'],
      ['SVG', 'a.png', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'svg_not_accepted'],
      ['gzipped SVG', 'a.bin', gzipSync('<?xml version="1.0"?><svg/>'), 'svg_not_accepted'],
      ['text named .jpg', 'a.jpg', Buffer.from('not a photo'), 'content_mismatch'],
      ['too many pixels', 'a.png', pixelBomb(16_000, 16_000), 'image_too_large'],
    ])('refuses %s and keeps nothing of it', async (_, name, content, code) => {
      const { store, count } = await setup();
      const id = freshId();
      await expect(store.write({ id, name, content })).rejects.toMatchObject({ code });
      await expect(store.stat(id)).rejects.toMatchObject({ code: 'file_not_found' });
      expect(await count()).toBe(0);
    });

    it('stops reading at the limit and names it', async () => {
      const { store, count } = await setup();
      let given = 0;
      const endless = new Readable({
        read() {
          given += 1_000;
          this.push(Buffer.alloc(1_000, 'x'));
        },
      });
      await expect(
        store.write({ id: freshId(), name: 'a', content: endless, bytesMax: 5_000 }),
      ).rejects.toMatchObject({ code: 'file_too_large', detail: expect.stringContaining('5000') });
      expect(given).toBeLessThan(200_000);
      expect(await count()).toBe(0);
    });

    it('takes a file of exactly the limit', async () => {
      const { store } = await setup();
      const file = await store.write({ id: freshId(), name: 'a', content: Buffer.alloc(10), bytesMax: 10 });
      expect(file.size).toBe(10);
    });

    it('shows nothing of a stream that breaks off', async () => {
      const { store, count } = await setup();
      const id = freshId();
      const content = new PassThrough();
      const written = store.write({ id, name: 'a.txt', content });
      content.write('first half');
      content.destroy(new Error('the client went away'));
      await expect(written).rejects.toThrow();
      await expect(store.stat(id)).rejects.toMatchObject({ code: 'file_not_found' });
      expect(await count()).toBe(0);
    });

    it('shows nothing until the last byte is there', async () => {
      const { store } = await setup();
      const id = freshId();
      const content = new PassThrough();
      const written = store.write({ id, name: 'a.txt', content });
      content.write('first half');
      await expect(store.stat(id)).rejects.toMatchObject({ code: 'file_not_found' });
      content.end(', second half');
      await written;
      expect((await bytesOf(store, id)).toString()).toBe('first half, second half');
    });

    it('overwrites an output as a whole, also when two attempts write at once', async () => {
      const { store, count } = await setup();
      const id = outputFileId('calculation_00000000000000000000000000', 0);
      await store.write({ id, name: 'a.txt', content: Buffer.from('first') });
      const before = await count();
      await store.write({ id, name: 'b.txt', content: Buffer.from('second') });
      expect(await store.stat(id)).toMatchObject({ name: 'b.txt', size: 6 });
      expect((await bytesOf(store, id)).toString()).toBe('second');
      expect(await count()).toBe(before);
      await Promise.all(
        ['x', 'yy', 'zzz'].map((text) => store.write({ id, name: text, content: Buffer.from(text) })),
      );
      const { name, size } = await store.stat(id);
      const bytes = await bytesOf(store, id);
      expect([name, size]).toEqual([bytes.toString(), bytes.length]);
    });

    it.each(['before', 'while', 'after'])(
      'leaves nothing when it is aborted %s the bytes arrive',
      async (when) => {
        const { store, count } = await setup();
        const id = outputFileId('calculation_00000000000000000000000000', 0);
        await store.write({ id, name: 'a.txt', content: Buffer.from('of the attempt that completed') });
        const before = await count();
        const { signal, abort } = abortable();
        let asked = 0;
        const content = new Readable({
          read() {
            if (++asked === 1) this.push('of another');
            else if (when === 'while') abort();
            else this.push(null);
          },
        });
        if (when === 'before') abort();
        if (when === 'after') content.once('end', abort);
        await expect(store.write({ id, name: 'b.txt', content, signal })).rejects.toBe(discarded);
        expect(content.destroyed).toBe(true);
        expect((await bytesOf(store, id)).toString()).toBe('of the attempt that completed');
        expect(await count()).toBe(before);
      },
    );

    it('leaves nothing of bytes in memory either, when it is aborted', async () => {
      const { store, count } = await setup();
      const { signal, abort } = abortable();
      const written = store.write({ id: freshId(), name: 'a.txt', content: Buffer.from('text'), signal });
      abort();
      await expect(written).rejects.toBe(discarded);
      expect(await count()).toBe(0);
    });

    it.each([
      ['../../etc/passwd', 'passwd'],
      ['C:\\fakepath\\photo one.txt', 'photo one.txt'],
      ['a\r\nSet-Cookie: x=1.txt', 'aSet-Cookie: x=1.txt'],
      ['Grüße 👩‍💻 العربية.txt', 'Grüße 👩‍💻 العربية.txt'],
      ['..', 'file'],
    ])('keeps the name %j as %j', async (given, kept) => {
      const { store } = await setup();
      const file = await store.write({ id: freshId(), name: given, content: Buffer.from('text') });
      expect(file.name).toBe(kept);
    });
  });

  describe('open', () => {
    it('streams what was written, byte for byte', async () => {
      const { store } = await setup();
      const id = freshId();
      const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 251));
      await store.write({ id, name: 'a.bin', content: Readable.from([content]) });
      expect((await bytesOf(store, id)).equals(content)).toBe(true);
    });

    it.each([
      [0, 0, '0'],
      [2, 4, '234'],
      [9, 9, '9'],
      [0, 9, '0123456789'],
    ])('streams the bytes %d to %d, both included', async (start, end, text) => {
      const { store } = await setup();
      const id = freshId();
      await store.write({ id, name: 'a.txt', content: Buffer.from('0123456789') });
      expect((await buffer((await store.open(id, () => ({ start, end }))).stream)).toString()).toBe(text);
    });

    it('answers facts and bytes of one writing, whatever overwrites it meanwhile', async () => {
      const { store } = await setup();
      const id = freshId();
      await store.write({ id, name: 'a.txt', content: Buffer.from('first') });
      const { file, stream } = await store.open(id);
      await store.write({ id, name: 'b.txt', content: Buffer.from('and second') });
      expect([file.name, file.size, (await buffer(stream)).toString()]).toEqual(['a.txt', 5, 'first']);
    });

    it('lets the range depend on the file, and refuse it', async () => {
      const { store } = await setup();
      const id = freshId();
      await store.write({ id, name: 'a.txt', content: Buffer.from('0123456789') });
      const { stream } = await store.open(id, ({ size }) => ({ start: size - 2, end: size - 1 }));
      expect((await buffer(stream)).toString()).toBe('89');
      const refused = store.open(id, () => {
        throw new Error('no such range');
      });
      await expect(refused).rejects.toThrow('no such range');
    });

    it('knows no file that was never written', async () => {
      const { store } = await setup();
      for (const id of [freshId(), 'file_nonsense', '../../etc/passwd', ''])
        for (const answer of [store.stat(id), store.open(id)])
          await expect(answer).rejects.toMatchObject({ code: 'file_not_found' });
    });
  });

  describe('remove', () => {
    it('leaves a tombstone', async () => {
      const { store } = await setup();
      const id = freshId();
      await store.write({ id, name: 'a.txt', content: Buffer.from('text') });
      expect(await store.remove(id)).toBe(true);
      await expect(store.stat(id)).rejects.toMatchObject({ code: 'file_gone' });
      await expect(store.open(id)).rejects.toMatchObject({ code: 'file_gone' });
      expect(await store.remove(id)).toBe(false);
      expect(await store.remove(freshId())).toBe(false);
    });

    it('does not disturb a download that has begun', async () => {
      const { store } = await setup();
      const id = freshId();
      await store.write({ id, name: 'a.bin', content: Buffer.alloc(500_000, 'x') });
      const { stream } = await store.open(id);
      await store.remove(id);
      expect((await buffer(stream)).length).toBe(500_000);
    });
  });

  describe('sweep', () => {
    it('expires files on time, and forgets their tombstones later', async () => {
      const { store, advance, count } = await setup();
      const id = freshId();
      await store.write({ id, name: 'a.txt', content: Buffer.from('text') });
      advance(contractOptions.retentionMs - 1);
      expect(await store.sweep()).toEqual({ expired: 0, forgotten: 0 });
      await store.stat(id);
      advance(1);
      await expect(store.stat(id)).rejects.toMatchObject({ code: 'file_gone' });
      expect(await store.sweep()).toEqual({ expired: 1, forgotten: 0 });
      await expect(store.open(id)).rejects.toMatchObject({ code: 'file_gone' });
      advance(contractOptions.tombstoneMs);
      expect(await store.sweep()).toEqual({ expired: 0, forgotten: 1 });
      await expect(store.stat(id)).rejects.toMatchObject({ code: 'file_not_found' });
      expect(await count()).toBe(0);
    });

    it('has nothing to do in an empty store', async () => {
      const { store } = await setup();
      expect(await store.sweep()).toEqual({ expired: 0, forgotten: 0 });
    });
  });

  it('says that it can be written to, and leaves nothing that piles up', async () => {
    const { store, advance, count } = await setup();
    await store.check();
    const before = await count();
    advance(60_000);
    await store.check();
    expect(await count()).toBe(before);
  });
}
