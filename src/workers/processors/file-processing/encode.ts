/** Writes a picture as a file: which formats there are, what each can hold, and what is lost in it. */
import { failure } from '../../../models/failure.js';
import type { Picture } from './picture.js';
import { limitFailure } from './sharp.js';

export type Format = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif' | 'tiff';

export interface Target {
  format: Format;
  /** 1 to 100; the default of the format when absent. */
  quality?: number;
  /** Behind transparent parts, where the format has no transparency. */
  background: string;
}

/** Longest side, in pixels. */
const sideMax: Readonly<Record<Format, number>> = {
  jpeg: 65_535,
  png: 1_000_000,
  webp: 16_383,
  gif: 65_535,
  avif: 16_384,
  tiff: 1_000_000,
};

export const extensions: Readonly<Record<Format, string>> = {
  jpeg: 'jpg',
  png: 'png',
  webp: 'webp',
  gif: 'gif',
  avif: 'avif',
  tiff: 'tiff',
};

/** AVIF of more pixels is encoded with less effort: 4 takes 2 s a megapixel and cannot be stopped, 2 takes 0.2 s. */
const avifPixelsThorough = 4_000_000;

export const canAnimate = (format: Format): boolean => format === 'gif' || format === 'webp';

/** @throws Failure `image_too_large` where a side is longer than the format can hold */
export async function encode(picture: Picture, { format, quality, background }: Target): Promise<Buffer> {
  const shown = canAnimate(format) ? picture : picture.firstFrame();
  const { width, height, delays, loop } = shown.facts;
  if (Math.max(width, height) > sideMax[format])
    throw failure(
      'image_too_large',
      `The image has ${width} × ${height} pixels; a side of ${format} can have ${sideMax[format]}.`,
    );
  const timing = shown.frameCount > 1 ? { delay: delays, loop } : {};
  const image = shown.options.keepMetadata ? shown.open().keepMetadata() : shown.open();
  try {
    switch (format) {
      case 'jpeg':
        return await image
          .flatten({ background })
          .jpeg({ quality: quality ?? 80 })
          .toBuffer();
      case 'png':
        return await image.png().toBuffer();
      case 'webp':
        return await image.webp({ quality: quality ?? 80, ...timing }).toBuffer();
      case 'gif':
        return await image.gif(timing).toBuffer();
      case 'avif':
        return await image
          .avif({ quality: quality ?? 50, effort: width * height > avifPixelsThorough ? 2 : 4 })
          .toBuffer();
      case 'tiff':
        return await image.tiff({ compression: 'lzw' }).toBuffer();
    }
  } catch (error) {
    throw limitFailure(error, shown.options.imagePixelsMax) ?? error;
  }
}
