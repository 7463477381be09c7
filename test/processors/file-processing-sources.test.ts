import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outputFileId } from '../../src/files/file-ids.js';
import type { OutboundFetch } from '../../src/models/job-type.js';
import { payloadSchema } from '../../src/workers/processors/file-processing/payload.js';
import fileProcessing from '../../src/workers/processors/file-processing.js';
import { photo } from '../support/images.js';
import { processorContext } from '../support/processor-context.js';
import { type Bench, bench, only } from './run-file-processing.js';

let at: Bench;
beforeAll(async () => {
  at = await bench();
});
afterAll(() => at.files.remove());

const small = [{ operation: 'resize', width: 20 }] as const;

/** A remote server that gives one answer. */
function answering(status: number, content: Uint8Array | string = '', retryAfterMs?: number): OutboundFetch {
  return async (url) => ({
    status,
    url,
    headers: new Headers(),
    retryAfterMs,
    body: Readable.from([Buffer.from(content)]),
    text: async () => Buffer.from(content).toString(),
  });
}

const fromUrl = (url: string, fetch: OutboundFetch) =>
  at.runPayload({ source: { url }, operations: small }, { fetch });

describe('a source in the file store', () => {
  it('is told in the result as it is', async () => {
    const file = await at.files.upload('a.jpg', await photo(40, 30));
    const { result } = await at.runPayload({ source: { fileId: file.id }, operations: small });
    expect(result.source).toEqual(file);
    expect(only(result.outputs).id).toBe(outputFileId('test_00000000000000000000000000', 0));
  });

  it('that does not exist fails for good', async () => {
    const fileId = `file_${'0'.repeat(26)}`;
    await expect(at.runPayload({ source: { fileId }, operations: small })).rejects.toMatchObject({
      code: 'file_not_found',
      retry: false,
    });
  });

  it('that was removed fails for good', async () => {
    const { id } = await at.files.upload('a.jpg', await photo(40, 30));
    await at.files.store.remove(id);
    await expect(at.runPayload({ source: { fileId: id }, operations: small })).rejects.toMatchObject({
      code: 'file_gone',
      retry: false,
    });
  });
});

describe('a source by URL', () => {
  it('is fetched, kept as a file under its own name, and processed', async () => {
    const { result } = await fromUrl(
      'https://example.com/a/my%20photo.jpg?x=1',
      answering(200, await photo(40, 30)),
    );
    expect(result.source).toMatchObject({ name: 'my photo.jpg', mediaType: 'image/jpeg', width: 40 });
    expect(only(result.outputs)).toMatchObject({ name: 'my photo.jpg', width: 20, height: 15 });
    expect(only(result.outputs).id).not.toBe(result.source.id);
  });

  it.each([
    ['https://example.com/', 'file.jpg'],
    ['https://example.com/%E0%A4%A', '%E0%A4%A.jpg'],
    ['https://example.com/a%2F..%2Fb', 'b.jpg'],
  ])('%s gives the name %s', async (url, name) => {
    const { result } = await fromUrl(url, answering(200, await photo(40, 30)));
    expect(only(result.outputs).name).toBe(name);
  });

  it.each<[string, number, string, boolean]>([
    ['not found', 404, 'remote_refused', false],
    ['forbidden', 403, 'remote_refused', false],
    ['not modified', 304, 'remote_refused', false],
    ['too many requests', 429, 'remote_error', true],
    ['a server error', 503, 'remote_error', true],
  ])('that answers %s (%d) ends in %s', async (_, status, code, retry) => {
    await expect(fromUrl('https://example.com/a.jpg', answering(status))).rejects.toMatchObject({
      code,
      retry,
      detail: expect.stringContaining(String(status)),
    });
  });

  it('is not asked again before its Retry-After', async () => {
    await expect(fromUrl('https://example.com/a.jpg', answering(503, '', 7_000))).rejects.toMatchObject({
      retryAfterMs: 7_000,
    });
    await expect(fromUrl('https://example.com/a.jpg', answering(503))).rejects.toMatchObject({
      retryAfterMs: undefined,
    });
  });

  it.each([
    [
      'a page where an image was expected',
      'a.jpg',
      '<!doctype html><title>Not found</title>',
      'content_mismatch',
    ],
    ['SVG', 'a.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'svg_not_accepted'],
    ['nothing', 'a.jpg', '', 'empty_file'],
    ['text', 'a', 'just text', 'not_an_image'],
  ])('that gives %s fails for good', async (_, name, content, code) => {
    await expect(fromUrl(`https://example.com/${name}`, answering(200, content))).rejects.toMatchObject({
      code,
      retry: false,
    });
  });
});

describe('a source in the request', () => {
  it('is kept as a file and processed', async () => {
    const image = await photo(40, 30);
    const { result } = await at.runPayload({
      source: { dataUri: `data:image/jpeg;base64,${image.toString('base64')}` },
      operations: small,
    });
    expect(result.source).toMatchObject({ mediaType: 'image/jpeg', size: image.length });
    expect(only(result.outputs)).toMatchObject({ width: 20 });
  });

  it.each([
    ['data:text/plain;charset=utf-8,a%20b%C3%A9', 'a bé'],
    ['data:,100% plain é', '100% plain é'],
    ['data:;base64,YWI=', 'ab'],
    ['data:;base64,_-8', Buffer.from([0xff, 0xef]).toString()],
  ])('%s is read', async (dataUri, text) => {
    const { result } = await at.runPayload({ source: { dataUri }, operations: [{ operation: 'checksum' }] });
    expect((await at.files.bytesOf(result.source)).toString()).toBe(text);
  });
});

describe('an attempt', () => {
  it('reports progress that never goes back and ends at 100', async () => {
    const { progressed } = await at.run(await photo(40, 30), [
      { operation: 'grayscale' },
      { operation: 'blur', sigma: 1 },
      { operation: 'resize', width: 20 },
    ]);
    expect(progressed).toEqual([...progressed].sort((a, b) => a - b));
    expect(progressed.length).toBeGreaterThan(3);
    expect(progressed.at(-1)).toBe(100);
  });

  it('reports progress after each file of several', async () => {
    const { id } = await at.files.upload('a.jpg', await photo(80, 60));
    const context = processorContext({ files: at.files.forAttempt() });
    const payload = payloadSchema.parse({
      source: { fileId: id },
      operations: [{ operation: 'grayscale' }, { operation: 'thumbnails', sizes: [40, 30, 20, 10] }],
    });
    await fileProcessing.run(payload, context);
    expect(context.progressed).toEqual([
      { percent: 10, message: 'The source is there.' },
      { percent: 50, message: 'grayscale' },
      { percent: 60, message: 'thumbnails: 1 of 4' },
      { percent: 70, message: 'thumbnails: 2 of 4' },
      { percent: 80, message: 'thumbnails: 3 of 4' },
      { percent: 90, message: 'thumbnails' },
      { percent: 90, message: 'Writing the file.' },
      { percent: 100 },
    ]);
  });

  it('stops between two files at its signal', async () => {
    const { id } = await at.files.upload('a.jpg', await photo(80, 60));
    const files = at.files.forAttempt();
    const context = processorContext({ files });
    let created = 0;
    files.create = async (...given) => {
      created += 1;
      context.abort.abort(new Error('time is up'));
      return at.files.forAttempt().create(...given);
    };
    const payload = payloadSchema.parse({
      source: { fileId: id },
      operations: [{ operation: 'thumbnails', sizes: [40, 30, 20] }],
    });
    await expect(fileProcessing.run(payload, context)).rejects.toThrow('time is up');
    expect(created).toBe(1);
  });

  it('stops at its signal, and leaves no file', async () => {
    const { id } = await at.files.upload('a.jpg', await photo(40, 30));
    const jobId = 'test_00000000000000000000000001';
    const context = processorContext({ files: at.files.forAttempt({ jobId }) });
    context.abort.abort(new Error('time is up'));
    const payload = payloadSchema.parse({ source: { fileId: id }, operations: small });
    await expect(fileProcessing.run(payload, context)).rejects.toThrow('time is up');
    await expect(at.files.store.stat(outputFileId(jobId, 0))).rejects.toMatchObject({
      code: 'file_not_found',
    });
  });

  it('that repeats another overwrites its files', async () => {
    const { id } = await at.files.upload('a.jpg', await photo(40, 30));
    const payload = { source: { fileId: id }, operations: [{ operation: 'thumbnails', sizes: [10, 20] }] };
    const [first, second] = [await at.runPayload(payload), await at.runPayload(payload)];
    expect(second.result.outputs.map((file) => file.id)).toEqual(first.result.outputs.map((file) => file.id));
  });
});
