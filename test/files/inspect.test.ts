import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspect } from '../../src/files/inspect.js';
import { headBytesMax, sniff } from '../../src/files/sniff.js';
import { animation, photo, pixelBomb } from '../support/images.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobwright-inspect-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function inspected(content: Uint8Array, name = 'file', declaredMediaType?: string) {
  const path = join(folder, 'content');
  await writeFile(path, content);
  const head = content.subarray(0, headBytesMax);
  return inspect({ path, head, name, declaredMediaType, imagePixelsMax: 50_000_000 });
}

describe('sniff', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';

  it.each<[string, string | Uint8Array]>([
    ['plain', svg],
    ['behind a prolog', `<?xml version="1.0" encoding="UTF-8"?>\n${svg}`],
    ['behind a byte order mark', `\ufeff${svg}`],
    ['behind white space', `\n\n  ${svg}`],
    ['behind comments', `<!-- a --><!-- <html> -->${svg}`],
    ['behind a DOCTYPE', `<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd">${svg}`],
    ['behind a DOCTYPE with entities', `<!DOCTYPE svg [<!ENTITY a "x>y">]>\n${svg}`],
    ['in capitals, with a name space', '<SVG:svg xmlns:SVG="http://www.w3.org/2000/svg"></SVG:svg>'],
    ['in UTF-16', Buffer.from(`\ufeff${svg}`, 'utf16le')],
    ['in big-endian UTF-16', Buffer.from(`\ufeff${svg}`, 'utf16le').swap16()],
    ['in UTF-16 without a mark', Buffer.from(svg, 'utf16le')],
    ['gzipped', gzipSync(svg)],
    ['gzipped behind a prolog', gzipSync(`<?xml version="1.0"?>${svg}`)],
    ['gzipped and long', gzipSync(`${svg.slice(0, -2)}>${'<g/>'.repeat(500_000)}</svg>`)],
  ])('sees SVG %s', async (_, content) => {
    const head = Buffer.from(content).subarray(0, headBytesMax);
    expect(await sniff(head, 'picture.png')).toBe('image/svg+xml');
  });

  it.each<[string, string | Uint8Array, string, string]>([
    ['text', 'Hello', 'a.txt', 'text/plain'],
    ['text in another script', 'Привет, 世界 👋', 'a', 'text/plain'],
    ['text with a byte order mark', '\ufeffa,b', 'a.csv', 'text/csv'],
    ['CSV, by name', 'a,b\n1,2\n', 'DATA.CSV', 'text/csv'],
    ['text that begins like a bitmap', 'BMW,5\nAudi,4\n', 'cars.csv', 'text/csv'],
    ['JSON, by name', '{"a": 1}', 'a.json', 'application/json'],
    ['JSON, by content', '[1, 2]', 'a', 'application/json'],
    ['what only begins like JSON', '[note] to self', 'a', 'text/plain'],
    ['lines of JSON', '{"a":1}\n{"a":2}', 'a.ndjson', 'application/x-ndjson'],
    ['HTML that holds an SVG', '<html><svg/></html>', 'a.html', 'text/plain'],
    ['XML', '<?xml version="1.0"?><note/>', 'a.xml', 'application/xml'],
    ['a word on SVG', '<svgology>', 'a.txt', 'text/plain'],
    ['gzip', gzipSync('text'), 'a.gz', 'application/gzip'],
    ['NUL bytes', Buffer.from([0x61, 0, 0x62]), 'a.txt', 'application/octet-stream'],
    ['Latin-1', Buffer.from('caf\xe9', 'latin1'), 'a.txt', 'application/octet-stream'],
    ['a PDF', '%PDF-1.7\n', 'a', 'application/pdf'],
  ])('takes %s for what it is', async (_, content, name, mediaType) => {
    expect(await sniff(Buffer.from(content), name)).toBe(mediaType);
  });

  it('is not misled by a character cut at the end of the head', async () => {
    const head = Buffer.from('€'.repeat(headBytesMax)).subarray(0, headBytesMax);
    expect(await sniff(head, 'a.txt')).toBe('text/plain');
    expect(await sniff(Buffer.from('€').subarray(0, 2), 'a.txt')).toBe('application/octet-stream');
  });
});

describe('inspect', () => {
  it.each(['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const)('measures %s', async (format) => {
    const image = await sharp(await photo(32, 24))
      .toFormat(format)
      .toBuffer();
    expect(await inspected(image, 'whatever')).toEqual({
      mediaType: `image/${format}`,
      width: 32,
      height: 24,
    });
  });

  it('measures one frame of an animation', async () => {
    expect(await inspected(await animation('webp', 12, 8))).toEqual({
      mediaType: 'image/webp',
      width: 12,
      height: 8,
      frames: 3,
    });
  });

  it('refuses 16,000 × 16,000 pixels in a small PNG, with limit and size, by its header alone', async () => {
    const bomb = pixelBomb(16_000, 16_000);
    expect(bomb.length).toBeLessThan(50_000);
    // Without its pixels there is nothing that could be decoded.
    for (const content of [bomb, bomb.subarray(0, 100)])
      await expect(inspected(content, 'a.png')).rejects.toMatchObject({
        code: 'image_too_large',
        detail: 'The image has 16000 × 16000 = 256000000 pixels; the limit is 50000000.',
      });
  });

  it('counts the pixels of every frame', async () => {
    const path = join(folder, 'content');
    const content = await animation('gif', 100, 100);
    await writeFile(path, content);
    await expect(
      inspect({ path, head: content, name: 'a.gif', imagePixelsMax: 20_000 }),
    ).rejects.toMatchObject({
      code: 'image_too_large',
      detail: expect.stringContaining('100 × 100 × 3 frames = 30000'),
    });
  });

  it.each([
    ['photo.jpg', undefined],
    ['photo.HEIC', undefined],
    ['photo', 'image/png'],
    ['photo', 'IMAGE/JPEG; q=1'],
  ])('refuses text that is announced as an image (%s, %s) and says what it found', async (name, declared) => {
    await expect(inspected(Buffer.from('text'), name, declared)).rejects.toMatchObject({
      code: 'content_mismatch',
      detail: expect.stringContaining('the content is text/plain'),
    });
  });

  it('takes an image under the name of another format', async () => {
    expect(await inspected(await photo(8, 8), 'a.png', 'image/png')).toMatchObject({
      mediaType: 'image/jpeg',
    });
  });

  it('takes an image with a broken header, without dimensions', async () => {
    const head = (await photo(64, 64)).subarray(0, 40);
    expect(await inspected(head, 'a.jpg')).toEqual({ mediaType: 'image/jpeg' });
  });
});
