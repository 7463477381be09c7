import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodedSize, sized } from '../../src/workers/processors/file-processing/decoded-size.js';
import { payloadSchema } from '../../src/workers/processors/file-processing/payload.js';
import type { Operations } from './run-file-processing.js';

const photo = { width: 4_000, height: 3_000 };

const decodedFor = (operations: Operations) =>
  decodedSize(photo, payloadSchema.parse({ source: { dataUri: 'data:,' }, operations }).operations);

const thumbnails = (...sizes: (number | { width?: number; height?: number })[]) =>
  ({ operation: 'thumbnails', sizes }) as const;

describe('a still image is decoded', () => {
  it.each<[Operations, object]>([
    [[thumbnails(320, 1_600, 800)], { width: 1_600 }],
    [[thumbnails(800, 800)], { width: 800 }],
    [[thumbnails({ height: 600 }, 300)], { height: 600 }],
    [[thumbnails({ width: 300, height: 300 })], { height: 300 }],
    [[{ operation: 'resize', width: 300, height: 300, fit: 'outside' }], { height: 300 }],
    [[{ operation: 'resize', width: 300, height: 300, fit: 'inside' }], { width: 300 }],
    [[{ operation: 'resize', width: 300, height: 300, fit: 'contain' }], { width: 300 }],
    [[{ operation: 'metadata' }, { operation: 'checksum' }, thumbnails(400)], { width: 400 }],
    [[thumbnails(400), { operation: 'gzip' }], { width: 400 }],
    [[thumbnails(400), { operation: 'resize', width: 800 }, { operation: 'blur', sigma: 2 }], { width: 800 }],
    [
      [
        { operation: 'convert', format: 'webp' },
        { operation: 'resize', width: 800 },
      ],
      { width: 800 },
    ],
  ])('to the largest that is made of it: %j', (operations, size) => {
    expect(decodedFor(operations)).toEqual(size);
  });

  it.each<[string, Operations]>([
    ['one is more than half as large as the largest', [thumbnails(1_600, 801)]],
    ['one is as large as the image', [thumbnails(4_000, 800)]],
    ['one is larger', [thumbnails(5_000)]],
    ['one is distorted', [{ operation: 'resize', width: 300, height: 300, fit: 'fill' }]],
    ['the image itself is written', [thumbnails(400), { operation: 'strip_metadata' }]],
    ['something else is done before', [{ operation: 'grayscale' }, thumbnails(400)]],
    ['something else is done after thumbnails', [thumbnails(400), { operation: 'rotate', angle: 90 }]],
    ['nothing is made of it', [{ operation: 'metadata' }]],
  ])('in full where %s', (_, operations) => {
    expect(decodedFor(operations)).toBeUndefined();
  });
});

it('a smaller size is what sharp makes of it, to the pixel', async () => {
  const pixels = fc.integer({ min: 1, max: 400 });
  const size = fc.record({ width: pixels, height: pixels });
  await fc.assert(
    fc.asyncProperty(size, pixels, async (full, width) => {
      // A half is rounded either way, by how many steps libvips takes.
      fc.pre(width < full.width && ((full.height * width) / full.width) % 1 !== 0.5);
      const image = sharp({ create: { ...full, channels: 3, background: '#808080' } });
      const { info } = await image.resize({ width }).raw().toBuffer({ resolveWithObject: true });
      expect(sized(full, { width })).toEqual({ width: info.width, height: info.height });
    }),
    { numRuns: 300 },
  );
});
