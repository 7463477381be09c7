import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { payloadSchema } from '../../src/workers/processors/file-processing/payload.js';
import { limitFailure } from '../../src/workers/processors/file-processing/sharp.js';
import fileProcessing from '../../src/workers/processors/file-processing.js';
import {
  animation,
  blue,
  distance,
  green,
  meanDistance,
  photo,
  pixelAt,
  quarters,
  type Rgb,
  red,
  white,
} from '../support/images.js';
import { processorContext } from '../support/processor-context.js';
import { type Bench, bench, type Operations, only } from './run-file-processing.js';

let at: Bench;
beforeAll(async () => {
  at = await bench();
});
afterAll(() => at.files.remove());

/** Runs on four flat quarters, 80 × 60: red, green, blue, white. */
async function onQuarters(operations: Operations, format: 'png' | 'jpeg' = 'png') {
  const image = await quarters(80, 60).toFormat(format, { quality: 100 }).toBuffer();
  const { result, outputs } = await at.run(image, operations, { name: `quarters.${format}` });
  return { result, output: only(result.outputs), bytes: only(outputs) };
}

async function expectPixel(image: Buffer, x: number, y: number, color: Rgb, tolerance = 12) {
  const found = await pixelAt(image, x, y);
  expect(distance(found, color), `${found} at ${x},${y} is not ${color}`).toBeLessThanOrEqual(tolerance);
}

describe('resize', () => {
  it('brings a photo to exactly 800 × 600', async () => {
    const { result, outputs } = await at.run(await photo(1600, 1000), [
      { operation: 'resize', width: 800, height: 600 },
    ]);
    const output = only(result.outputs);
    expect(output).toMatchObject({
      name: 'photo.jpg',
      mediaType: 'image/jpeg',
      width: 800,
      height: 600,
      operation: 'resize',
    });
    const bytes = only(outputs);
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg', width: 800, height: 600 });
    expect(output.size).toBe(bytes.length);
    expect(output.downloadUrl).toBe(`/api/files/${output.id}`);
    expect(result.notes).toEqual([]);
  });

  it('keeps the content where it was', async () => {
    const { bytes } = await onQuarters([{ operation: 'resize', width: 40, height: 30 }], 'jpeg');
    await expectPixel(bytes, 5, 5, red);
    await expectPixel(bytes, 35, 5, green);
    await expectPixel(bytes, 5, 25, blue);
    await expectPixel(bytes, 35, 25, white);
  });

  it.each<[Operations[number], number, number]>([
    [{ operation: 'resize', width: 40 }, 40, 30],
    [{ operation: 'resize', height: 15 }, 20, 15],
    [{ operation: 'resize', width: 40, height: 40 }, 40, 40],
    [{ operation: 'resize', width: 40, height: 40, fit: 'contain' }, 40, 40],
    [{ operation: 'resize', width: 40, height: 40, fit: 'fill' }, 40, 40],
    [{ operation: 'resize', width: 40, height: 40, fit: 'inside' }, 40, 30],
    [{ operation: 'resize', width: 40, height: 40, fit: 'outside' }, 53, 40],
    [{ operation: 'resize', width: 40, height: 40, position: 'attention' }, 40, 40],
    [{ operation: 'resize', width: 40, height: 40, fit: 'contain', position: 'entropy' }, 40, 40],
    [{ operation: 'resize', width: 160, height: 120 }, 160, 120],
    [{ operation: 'resize', width: 160, height: 20 }, 160, 20],
    [{ operation: 'resize', width: 160 }, 160, 120],
    [{ operation: 'resize', width: 160, withoutEnlargement: true }, 80, 60],
    [{ operation: 'resize', width: 160, height: 120, withoutEnlargement: true }, 80, 60],
    [{ operation: 'resize', width: 1, height: 1 }, 1, 1],
  ])('%j gives %d × %d', async (operation, width, height) => {
    for (const format of ['png', 'jpeg'] as const) {
      const { output, bytes } = await onQuarters([operation], format);
      expect(await sharp(bytes).metadata()).toMatchObject({ width, height });
      expect(output).toMatchObject({ width, height });
    }
  });

  it('cuts off what the position says', async () => {
    const left = await onQuarters([{ operation: 'resize', width: 30, height: 60, position: 'left' }]);
    await expectPixel(left.bytes, 25, 10, red);
    const right = await onQuarters([{ operation: 'resize', width: 30, height: 60, position: 'right' }]);
    await expectPixel(right.bytes, 5, 10, green);
    const corner = await onQuarters([
      { operation: 'resize', width: 80, height: 20, position: 'bottom-left' },
    ]);
    await expectPixel(corner.bytes, 10, 5, blue);
  });

  it('pads with transparency, with white in a JPEG, or with the background', async () => {
    const contain = { operation: 'resize', width: 80, height: 80, fit: 'contain' } as const;
    const png = await onQuarters([contain]);
    expect([
      ...(await sharp(png.bytes).extract({ left: 0, top: 0, width: 1, height: 1 }).raw().toBuffer()),
    ]).toEqual([0, 0, 0, 0]);
    await expectPixel((await onQuarters([contain], 'jpeg')).bytes, 2, 2, white);
    await expectPixel((await onQuarters([{ ...contain, background: '#00f' }], 'jpeg')).bytes, 2, 2, blue);
  });

  it('refuses, before it makes a pixel, what would be over the pixel limit', async () => {
    for (const fit of ['cover', 'fill', 'contain', 'outside'] as const)
      await expect(
        onQuarters([{ operation: 'resize', width: 16_384, height: 16_384, fit }]),
      ).rejects.toMatchObject({
        code: 'image_too_large',
        retry: false,
        detail: expect.stringContaining('the limit is 50000000'),
      });
  });
});

describe('orientation and metadata', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('makes a photo with EXIF orientation %d upright', async (orientation) => {
    const upright = await quarters(80, 60).png().toBuffer();
    // The inverse of what a viewer does with this orientation.
    const stored = {
      1: sharp(upright),
      2: sharp(upright).flop(),
      3: sharp(upright).rotate(180),
      4: sharp(upright).flip(),
      5: sharp(await sharp(upright).rotate(90).toBuffer()).flop(),
      6: sharp(upright).rotate(270),
      7: sharp(await sharp(upright).rotate(270).toBuffer()).flop(),
      8: sharp(upright).rotate(90),
    }[orientation];
    const image = await stored?.jpeg({ quality: 100 }).withMetadata({ orientation }).toBuffer();
    for (const operations of [
      [{ operation: 'resize', width: 40, height: 30 }],
      [{ operation: 'strip_metadata' }],
      [{ operation: 'convert', format: 'png' }],
      [{ operation: 'crop', left: 10, top: 10, width: 60, height: 40 }],
      [{ operation: 'grayscale' }, { operation: 'blur', sigma: 0.3 }],
    ] satisfies Operations[]) {
      const { outputs } = await at.run(image ?? Buffer.alloc(0), operations);
      const bytes = only(outputs);
      const { width = 0, height = 0, ...header } = await sharp(bytes).metadata();
      expect(width).toBeGreaterThan(height);
      expect(header.orientation ?? 1).toBe(1);
      if (operations[0]?.operation === 'grayscale') continue;
      await expectPixel(bytes, 4, 4, red, 25);
      await expectPixel(bytes, width - 5, 4, green, 25);
      await expectPixel(bytes, 4, height - 5, blue, 25);
    }
  });

  it('leaves no metadata behind', async () => {
    const image = await photo(200, 100, { exif: true, orientation: 6 });
    expect((await sharp(image).metadata()).exif).toBeDefined();
    for (const operations of [
      [{ operation: 'resize', width: 50 }],
      [{ operation: 'strip_metadata' }],
      [{ operation: 'convert', format: 'webp' }],
    ] satisfies Operations[]) {
      const bytes = only((await at.run(image, operations)).outputs);
      const header = await sharp(bytes).metadata();
      expect(header).not.toHaveProperty('exif');
      expect(header).not.toHaveProperty('icc');
      expect(bytes.includes('Lovelace')).toBe(false);
    }
  });

  it('keeps it when asked to, with the orientation applied', async () => {
    const image = await sharp(await photo(200, 100, { exif: true, orientation: 6 }))
      .keepMetadata()
      .withIccProfile('p3')
      .jpeg()
      .toBuffer();
    const { outputs } = await at.run(
      image,
      [
        { operation: 'resize', width: 50 },
        { operation: 'blur', sigma: 1 },
      ],
      {
        keepMetadata: true,
      },
    );
    const header = await sharp(only(outputs)).metadata();
    expect(header).toMatchObject({ width: 50, height: 100 });
    expect(header.exif?.includes('Ada Lovelace')).toBe(true);
    expect(header.icc).toBeDefined();
    expect(header.orientation ?? 1).toBe(1);
  });

  it('shows colours of another colour space as they were meant', async () => {
    const wide = await sharp({ create: { width: 20, height: 20, channels: 3, background: '#c86432' } })
      .withIccProfile('p3')
      .png()
      .toBuffer();
    const { outputs } = await at.run(wide, [{ operation: 'resize', width: 10 }], { name: 'wide.png' });
    await expectPixel(only(outputs), 5, 5, [200, 100, 50], 4);
  });
});

describe('convert', () => {
  it.each(['jpeg', 'png', 'webp', 'avif'] as const)('writes %s', async (format) => {
    const { result, outputs } = await at.run(await photo(120, 90), [{ operation: 'convert', format }]);
    const output = only(result.outputs);
    expect(output).toMatchObject({ mediaType: `image/${format}`, width: 120, height: 90 });
    expect(output.name).toBe(`photo.${format === 'jpeg' ? 'jpg' : format}`);
    expect((await sharp(only(outputs)).metadata()).format).toBe(format === 'avif' ? 'heif' : format);
    await expectPixel(only(outputs), 110, 10, await pixelAt(await photo(120, 90), 110, 10), 45);
  });

  it.each(['jpeg', 'webp', 'avif'] as const)('of %s minds the quality', async (format) => {
    const image = await photo(200, 150);
    const sizeAt = async (quality: number) =>
      only((await at.run(image, [{ operation: 'convert', format, quality }])).result.outputs).size;
    expect(await sizeAt(20)).toBeLessThan((await sizeAt(90)) / 2);
  });

  it('says that PNG has no quality', async () => {
    const { result } = await at.run(await photo(20, 20), [
      { operation: 'convert', format: 'png', quality: 50 },
    ]);
    expect(result.notes).toEqual([expect.stringContaining('PNG is lossless')]);
  });

  it('fills transparency in a JPEG with the background, and says so', async () => {
    const clear = await sharp({ create: { width: 20, height: 20, channels: 4, background: '#ff000000' } })
      .png()
      .toBuffer();
    const { result, outputs } = await at.run(
      clear,
      [{ operation: 'convert', format: 'jpeg', background: '#00ff00' }],
      { name: 'clear.png' },
    );
    await expectPixel(only(outputs), 10, 10, green);
    expect(result.notes).toEqual([expect.stringContaining('#00ff00')]);
  });

  it('says nothing of transparency where there is none', async () => {
    const { result } = await onQuarters([{ operation: 'convert', format: 'jpeg' }]);
    expect(result.notes).toEqual([]);
  });

  it('refuses a side that the format cannot hold', async () => {
    const wide = await sharp({ create: { width: 16_400, height: 2, channels: 3, background: '#888' } })
      .png()
      .toBuffer();
    await expect(
      at.run(wide, [{ operation: 'convert', format: 'webp' }], { name: 'wide.png' }),
    ).rejects.toMatchObject({ code: 'image_too_large', detail: expect.stringContaining('16383') });
  });
});

describe('TIFF', () => {
  it('stays TIFF', async () => {
    const image = await quarters(80, 60).tiff().toBuffer();
    const { result, outputs } = await at.run(image, [{ operation: 'resize', width: 40 }], { name: 'a.tiff' });
    expect(only(result.outputs)).toMatchObject({ name: 'a.tiff', mediaType: 'image/tiff', width: 40 });
    await expectPixel(only(outputs), 5, 5, red);
    expect(result.notes).toEqual([]);
  });

  it('of several pages gives the first, and the result says so', async () => {
    const pages = Buffer.concat(
      [red, green].map((color) => Buffer.alloc(40 * 30 * 3, Uint8Array.from(color))),
    );
    const raw = { width: 40, height: 60, channels: 3 as const, pageHeight: 30 };
    const image = await sharp(pages, { raw }).tiff().toBuffer();
    const { result, outputs } = await at.run(image, [{ operation: 'convert', format: 'png' }], {
      name: 'a.tiff',
    });
    expect(only(result.outputs)).toMatchObject({ width: 40, height: 30 });
    await expectPixel(only(outputs), 20, 15, red);
    expect(result.notes).toEqual(['Only the first of 2 images in the file was used.']);
  });
});

describe('limitFailure', () => {
  it('puts the limits of the library in words of ours', () => {
    expect(limitFailure(new Error('Input image exceeds pixel limit'), 99)).toMatchObject({
      code: 'image_too_large',
      retry: false,
      detail: expect.stringContaining('99'),
    });
    expect(limitFailure(new Error('timeout: 60% complete'), 99)).toMatchObject({
      code: 'attempt_timeout',
      retry: true,
    });
    expect(limitFailure(new Error('anything else'), 99)).toBeUndefined();
  });
});

describe('sixteen bits a channel', () => {
  it('become eight, and the result says so', async () => {
    const deep = await sharp({ create: { width: 20, height: 20, channels: 3, background: '#c86432' } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    const { result, outputs } = await at.run(deep, [{ operation: 'resize', width: 10 }], {
      name: 'deep.png',
    });
    await expectPixel(only(outputs), 5, 5, [200, 100, 50], 2);
    expect(result.notes).toEqual(['Reduced to 8 bits a channel.']);
  });
});

describe('rotate', () => {
  it('turns clockwise by a quarter', async () => {
    const { output, bytes } = await onQuarters([{ operation: 'rotate', angle: 90 }]);
    expect(output).toMatchObject({ width: 60, height: 80 });
    await expectPixel(bytes, 5, 5, blue);
    await expectPixel(bytes, 55, 5, red);
  });

  it.each([-90, 270])('by %d is the other way round', async (angle) => {
    await expectPixel((await onQuarters([{ operation: 'rotate', angle }])).bytes, 5, 5, green);
  });

  it('by any other angle makes room, with transparent corners', async () => {
    const { output, bytes } = await onQuarters([{ operation: 'rotate', angle: 45 }]);
    expect(output.width).toBeGreaterThan(95);
    const [, , , alpha] = await sharp(bytes)
      .extract({ left: 0, top: 0, width: 1, height: 1 })
      .raw()
      .toBuffer();
    expect(alpha).toBe(0);
  });

  it('fills the corners with the background', async () => {
    const { bytes } = await onQuarters([{ operation: 'rotate', angle: 45, background: '#0000ff' }], 'jpeg');
    await expectPixel(bytes, 1, 1, blue);
  });
});

describe('crop', () => {
  it('cuts out the rectangle', async () => {
    const { output, bytes } = await onQuarters([
      { operation: 'crop', left: 40, top: 0, width: 40, height: 30 },
    ]);
    expect(output).toMatchObject({ width: 40, height: 30 });
    await expectPixel(bytes, 0, 0, green);
    await expectPixel(bytes, 39, 29, green);
  });

  it('takes the whole image', async () => {
    const { output } = await onQuarters([{ operation: 'crop', left: 0, top: 0, width: 80, height: 60 }]);
    expect(output).toMatchObject({ width: 80, height: 60 });
  });

  it.each([
    [41, 0, 40, 30],
    [0, 31, 80, 30],
    [1000, 1000, 1, 1],
  ])('fails for good outside the image (%d, %d, %d, %d)', async (left, top, width, height) => {
    await expect(onQuarters([{ operation: 'crop', left, top, width, height }])).rejects.toMatchObject({
      code: 'crop_outside_image',
      retry: false,
      detail: expect.stringContaining('80 × 60'),
    });
  });
});

describe('grayscale', () => {
  it('takes the colours out', async () => {
    for (const format of ['png', 'jpeg'] as const) {
      const { bytes } = await onQuarters([{ operation: 'grayscale' }], format);
      const [r, g, b] = await pixelAt(bytes, 5, 5);
      expect([g, b]).toEqual([r, r]);
      expect(r).toBeGreaterThan(30);
      await expectPixel(bytes, 75, 55, white);
    }
  });
});

describe('blur', () => {
  it('softens edges, and more with a larger sigma', async () => {
    const sharpness = async (operations: Operations) =>
      (await sharp((await onQuarters(operations)).bytes).stats()).sharpness;
    const slight = await sharpness([{ operation: 'blur', sigma: 1 }]);
    const strong = await sharpness([{ operation: 'blur', sigma: 8 }]);
    const none = await sharpness([{ operation: 'strip_metadata' }]);
    expect(slight).toBeLessThan(none);
    expect(strong).toBeLessThan(slight);
  });
});

describe('thumbnails', () => {
  it('makes one file for each size', async () => {
    const { result, outputs } = await at.run(await photo(400, 300), [
      { operation: 'thumbnails', sizes: [40, { height: 60 }, { width: 50, height: 50, name: 'square' }] },
    ]);
    expect(result.outputs.map(({ name, width, height }) => [name, width, height])).toEqual([
      ['photo-40x30.jpg', 40, 30],
      ['photo-80x60.jpg', 80, 60],
      ['photo-square.jpg', 50, 50],
    ]);
    for (const [index, bytes] of outputs.entries())
      expect(await sharp(bytes).metadata()).toMatchObject({
        width: result.outputs[index]?.width,
        height: result.outputs[index]?.height,
      });
  });

  it('are made of what the operations before them left, and leave the image as it is', async () => {
    const { result, outputs } = await at.run(await photo(400, 300), [
      { operation: 'convert', format: 'webp' },
      { operation: 'thumbnails', sizes: [40] },
      { operation: 'resize', width: 200 },
    ]);
    expect(result.outputs.map(({ name, operation }) => [name, operation])).toEqual([
      ['photo-40x30.webp', 'thumbnails'],
      ['photo.webp', 'resize'],
    ]);
    expect(await sharp(outputs[1]).metadata()).toMatchObject({ width: 200, height: 150 });
  });

  it('are what sharp makes of all pixels: the largest exactly, those made of it within a shade', async () => {
    const image = await photo(803, 601);
    const all = await sharp(image).png().toBuffer();
    const sizes = [{ width: 320 }, { width: 160 }, { width: 50, height: 50 }];
    const { outputs } = await at.run(image, [{ operation: 'thumbnails', sizes }]);
    const expected = sizes.map((size) => sharp(all).resize(size).jpeg({ quality: 80 }).toBuffer());
    const [largest = -1, ...others] = await Promise.all(
      expected.map(async (bytes, index) => meanDistance(outputs[index] ?? Buffer.alloc(0), await bytes)),
    );
    expect(largest).toBe(0);
    expect(Math.max(...others)).toBeLessThan(1.5);
  });
});

describe('watermark', () => {
  const black = () =>
    sharp({ create: { width: 400, height: 300, channels: 3, background: '#000' } })
      .png()
      .toBuffer();

  async function brightest(image: Buffer, left: number, top: number): Promise<number> {
    const part = sharp(image).removeAlpha().extract({ left, top, width: 200, height: 150 });
    return (await part.raw().toBuffer()).reduce((most, value) => Math.max(most, value), 0);
  }

  it('writes text in its corner', async () => {
    const { outputs } = await at.run(
      await black(),
      [{ operation: 'watermark', text: 'Ada', opacity: 1, position: 'bottom-right' }],
      { name: 'black.png' },
    );
    expect(await brightest(only(outputs), 200, 150)).toBeGreaterThan(240);
    expect(await brightest(only(outputs), 0, 0)).toBe(0);
    expect(await brightest(only(outputs), 0, 150)).toBe(0);
  });

  it('minds opacity and position', async () => {
    const { outputs } = await at.run(
      await black(),
      [{ operation: 'watermark', text: 'Ada', opacity: 0.3, position: 'top-left' }],
      { name: 'black.png' },
    );
    const found = await brightest(only(outputs), 0, 0);
    expect(found).toBeGreaterThan(60);
    expect(found).toBeLessThan(90);
    expect(await brightest(only(outputs), 200, 150)).toBe(0);
  });

  it('shows markup as text', async () => {
    const marked = async (text: string) =>
      only((await at.run(await black(), [{ operation: 'watermark', text }], { name: 'black.png' })).outputs);
    for (const text of [
      '<span size="999999">x</span>',
      '</span><svg onload="x"/>',
      '&lt;',
      '&#0;',
      'a & b < c > d \' e " f',
      '📷 été العربية',
    ])
      expect(await sharp(await marked(text)).metadata()).toMatchObject({ width: 400, height: 300 });
    expect((await marked('<b>Ada</b>')).equals(await marked('Ada'))).toBe(false);
  });

  it('puts another file over the image', async () => {
    const mark = await at.files.upload(
      'mark.png',
      await quarters(40, 40, [red, red, red, red]).png().toBuffer(),
    );
    const { outputs } = await at.run(
      await black(),
      [{ operation: 'watermark', fileId: mark.id, opacity: 1, position: 'center', scale: 0.5 }],
      { name: 'black.png' },
    );
    await expectPixel(only(outputs), 200, 150, red);
    await expectPixel(only(outputs), 110, 150, red);
    await expectPixel(only(outputs), 90, 150, [0, 0, 0]);
  });

  it('fits into an image of one pixel', async () => {
    const dot = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#000' } })
      .png()
      .toBuffer();
    const { result } = await at.run(dot, [{ operation: 'watermark', text: 'Ada' }], { name: 'dot.png' });
    expect(only(result.outputs)).toMatchObject({ width: 1, height: 1 });
  });

  it('fails for good where the other file is no image', async () => {
    const text = await at.files.upload('mark.txt', Buffer.from('no image'));
    await expect(
      at.run(await black(), [{ operation: 'watermark', fileId: text.id }], { name: 'black.png' }),
    ).rejects.toMatchObject({ code: 'invalid_watermark', retry: false });
  });

  it('names the limit where the other file has too many pixels', async () => {
    const [image, mark] = await Promise.all([
      at.files.upload('a.jpg', await photo(20, 20)),
      at.files.upload('mark.jpg', await photo(100, 100)),
    ]);
    // The limit was a higher one when the mark was uploaded.
    const files = { ...at.files.forAttempt(), imagePixelsMax: 5_000 };
    const payload = payloadSchema.parse({
      source: { fileId: image.id },
      operations: [{ operation: 'watermark', fileId: mark.id }],
    });
    await expect(fileProcessing.run(payload, processorContext({ files }))).rejects.toMatchObject({
      code: 'image_too_large',
      detail: expect.stringContaining('5000'),
    });
  });

  it('fails where the other file is not there', async () => {
    const fileId = `file_${'0'.repeat(26)}`;
    await expect(
      at.run(await black(), [{ operation: 'watermark', fileId }], { name: 'a.png' }),
    ).rejects.toMatchObject({ code: 'file_not_found', retry: false });
  });
});

describe('animations', () => {
  const operations = {
    resize: { operation: 'resize', width: 20, height: 20 },
    crop: { operation: 'crop', left: 5, top: 5, width: 20, height: 10 },
    rotate: { operation: 'rotate', angle: 90 },
    'rotate by any angle': { operation: 'rotate', angle: 30, background: '#000' },
    blur: { operation: 'blur', sigma: 1 },
    watermark: { operation: 'watermark', text: 'x', opacity: 0.1, scale: 0.1 },
    strip_metadata: { operation: 'strip_metadata' },
  } satisfies Record<string, Operations[number]>;

  it.each(Object.entries(operations))('keep their frames through %s', async (_, operation) => {
    for (const format of ['gif', 'webp'] as const) {
      const { result, outputs } = await at.run(await animation(format, 40, 30), [operation], {
        name: `a.${format}`,
      });
      expect(only(result.outputs)).toMatchObject({ frames: 3, mediaType: `image/${format}` });
      const header = await sharp(only(outputs), { pages: -1 }).metadata();
      expect(header).toMatchObject({ pages: 3, delay: [120, 120, 120], loop: 0 });
      const middle = [Math.floor(header.width / 2), Math.floor((header.pageHeight ?? 0) / 2)] as const;
      for (const [page, color] of [red, green, blue].entries())
        expect(distance(await pixelAt(only(outputs), ...middle, page), color)).toBeLessThan(40);
      expect(result.notes).toEqual([]);
    }
  });

  it('become WebP with all frames', async () => {
    const { result } = await at.run(
      await animation('gif', 40, 30),
      [{ operation: 'convert', format: 'webp' }],
      {
        name: 'a.gif',
      },
    );
    expect(only(result.outputs)).toMatchObject({ mediaType: 'image/webp', frames: 3 });
  });

  it.each(['jpeg', 'png', 'avif'] as const)('become a still %s, and the result says so', async (format) => {
    const { result, outputs } = await at.run(
      await animation('gif', 40, 30),
      [{ operation: 'convert', format }],
      {
        name: 'a.gif',
      },
    );
    expect(only(result.outputs)).not.toHaveProperty('frames');
    expect(result.notes).toEqual([expect.stringContaining('the first of 3')]);
    await expectPixel(only(outputs), 20, 15, red, 30);
  });

  it('have every frame counted against the pixel limit', async () => {
    await expect(
      at.run(await animation('gif', 40, 30), [{ operation: 'resize', width: 6_000, height: 4_000 }], {
        name: 'a.gif',
      }),
    ).rejects.toMatchObject({ code: 'image_too_large', detail: expect.stringContaining('× 3 frames') });
  });
});

describe('metadata', () => {
  it('reports the header and makes no file', async () => {
    const { result } = await at.run(await photo(64, 48, { exif: true, orientation: 6 }), [
      { operation: 'metadata' },
    ]);
    expect(result.outputs).toEqual([]);
    expect(result.metadata).toMatchObject({
      format: 'jpeg',
      width: 48,
      height: 64,
      orientation: 6,
      frames: 1,
      colorSpace: 'srgb',
      channels: 3,
      bitsPerChannel: 8,
      hasAlpha: false,
      exif: true,
      xmp: false,
    });
  });

  it('reports the frames of an animation', async () => {
    const { result } = await at.run(await animation('webp', 40, 30), [{ operation: 'metadata' }], {
      name: 'a.webp',
    });
    expect(result.metadata).toMatchObject({ format: 'webp', width: 40, height: 30, frames: 3 });
  });
});

describe('damaged images', () => {
  const anyOperation: [string, Operations][] = [
    ['resize', [{ operation: 'resize', width: 20, height: 15 }]],
    [
      'a resize that cuts off the missing rows',
      [{ operation: 'resize', width: 200, height: 10, position: 'top' }],
    ],
    ['enlarging', [{ operation: 'resize', width: 900, height: 10, position: 'top' }]],
    ['a crop above the missing rows', [{ operation: 'crop', left: 0, top: 0, width: 10, height: 10 }]],
    ['rotate', [{ operation: 'rotate', angle: 90 }]],
    ['convert', [{ operation: 'convert', format: 'webp' }]],
    ['strip_metadata', [{ operation: 'strip_metadata' }]],
    ['thumbnails', [{ operation: 'thumbnails', sizes: [10] }]],
    ['watermark', [{ operation: 'watermark', text: 'x' }]],
    ['blur', [{ operation: 'blur', sigma: 1 }]],
  ];

  it.each(anyOperation)('a truncated JPEG is corrupt for %s', async (_, operations) => {
    const whole = await photo(400, 300);
    await expect(at.run(whole.subarray(0, whole.length / 2), operations)).rejects.toMatchObject({
      code: 'corrupt_image',
      retry: false,
      detail: expect.not.stringMatching(/vips|jpeg/i),
    });
  });

  it.each(['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const)(
    'a truncated %s is corrupt',
    async (format) => {
      const whole = await sharp(await photo(200, 150))
        .toFormat(format)
        .toBuffer();
      for (const share of [0.3, 0.6, 0.9])
        await expect(
          at.run(whole.subarray(0, whole.length * share), [{ operation: 'resize', width: 100 }], {
            name: 'a',
          }),
        ).rejects.toMatchObject({ code: 'corrupt_image', retry: false });
    },
  );

  it('a JPEG without its last two bytes is corrupt', async () => {
    const whole = await photo(200, 150);
    await expect(at.run(whole.subarray(0, -2), [{ operation: 'resize', width: 10 }])).rejects.toMatchObject({
      code: 'corrupt_image',
    });
  });

  it.each([1, 40, 75, 130, 250])('so it is when %d pixels are made of its width', async (width) => {
    // Its last row of blocks holds one row of pixels, which a smaller image hardly shows.
    const whole = await photo(257, 401);
    for (const missing of [1, 2, 12])
      await expect(
        at.run(whole.subarray(0, -missing), [{ operation: 'thumbnails', sizes: [width] }]),
      ).rejects.toMatchObject({ code: 'corrupt_image' });
  });

  it('garbage within the data is corrupt', async () => {
    const image = Buffer.from(await photo(200, 150));
    const middle = Math.floor(image.length / 2);
    for (let index = 0, value = 7; index < 400; index++, value = (value * 97 + 13) % 256)
      image[middle + index] = value;
    await expect(at.run(image, [{ operation: 'resize', width: 100 }])).rejects.toMatchObject({
      code: 'corrupt_image',
    });
  });

  it('a header and nothing behind it is corrupt', async () => {
    await expect(
      at.run((await photo(64, 64)).subarray(0, 40), [{ operation: 'resize', width: 10 }]),
    ).rejects.toMatchObject({ code: 'corrupt_image' });
  });

  it('keeps what the library said for the operator only', async () => {
    const whole = await photo(100, 100);
    const error = await at
      .run(whole.subarray(0, 2_000), [{ operation: 'resize', width: 10 }])
      .catch((caught) => caught);
    expect(error.cause).toBeInstanceOf(Error);
    expect(error.cause.message).toMatch(/premature end/i);
  });
});

describe('what is not an image that can be read', () => {
  it('is said to be no image', async () => {
    await expect(
      at.run(Buffer.from('plain text'), [{ operation: 'resize', width: 10 }], { name: 'a.txt' }),
    ).rejects.toMatchObject({
      code: 'not_an_image',
      retry: false,
      detail: '"a.txt" is text/plain, not an image.',
    });
  });

  it('is said to be of a format that is not supported', async () => {
    const bitmap = Buffer.concat([Buffer.from('BM'), Buffer.alloc(60, 0)]);
    await expect(
      at.run(bitmap, [{ operation: 'resize', width: 10 }], { name: 'a.bmp' }),
    ).rejects.toMatchObject({ code: 'unsupported_image', detail: expect.stringContaining('image/bmp') });
  });

  it('is refused where the limit is lower than when it was stored', async () => {
    const image = await at.files.upload('a.png', await quarters(80, 60).png().toBuffer());
    const strict = await bench(1_000);
    try {
      await expect(
        strict.runPayload({
          source: { dataUri: `data:;base64,${(await at.files.bytesOf(image)).toString('base64')}` },
          operations: [{ operation: 'metadata' }],
        }),
      ).rejects.toMatchObject({ code: 'image_too_large', retry: false });
    } finally {
      await strict.files.remove();
    }
  });
});
