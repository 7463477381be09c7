/** Opens a stored image: reads its header, and decodes it for whoever wants more than that. */
import type { Metadata } from 'sharp';
import { failure } from '../../../models/failure.js';
import type { StoredFile } from '../../../models/stored-file.js';
import { declaredFailure } from './declared-errors.js';
import { decodedSize } from './decoded-size.js';
import { canAnimate, type Format } from './encode.js';
import type { Operation } from './operations.js';
import { Picture, type PictureOptions, readOptions, unreadable } from './picture.js';
import type { ImageMetadata } from './result.js';
import { sharp } from './sharp.js';

export interface OpenedImage {
  format: Format;
  metadata: ImageMetadata;
  /** What of the source is not in the picture. */
  notes: string[];
  /**
   * @param operations What will be done to it: a still image is decoded no larger than they need.
   * @throws Failure `corrupt_image`, `image_too_large`
   */
  decode(operations: readonly Operation[]): Promise<Picture>;
}

const formats: Readonly<Record<string, Format>> = {
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/apng': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'avif',
  'image/tiff': 'tiff',
};

/** @throws Failure `not_an_image`, `unsupported_image` */
export function formatOf({ name, mediaType }: StoredFile): Format {
  const format = formats[mediaType];
  if (format !== undefined) return format;
  if (mediaType.startsWith('image/'))
    throw declaredFailure(
      'unsupported_image',
      `${JSON.stringify(name)} is ${mediaType}; JPEG, PNG, WebP, GIF, AVIF and TIFF can be read.`,
    );
  throw declaredFailure('not_an_image', `${JSON.stringify(name)} is ${mediaType}, not an image.`);
}

/** @throws Failure `not_an_image`, `unsupported_image`, `corrupt_image`, `image_too_large` */
export async function openImage(
  file: StoredFile,
  bytes: Buffer,
  options: PictureOptions,
): Promise<OpenedImage> {
  const format = formatOf(file);
  const header = await readHeader(bytes, options);
  const frames = header.pages ?? 1;
  const isAnimated = frames > 1 && canAnimate(format);
  // The store has looked at the header, too; the limit may have been another one then.
  const pixels = header.autoOrient.width * header.autoOrient.height * (isAnimated ? frames : 1);
  if (pixels > options.imagePixelsMax)
    throw failure(
      'image_too_large',
      `The image has ${pixels} pixels; the limit is ${options.imagePixelsMax}.`,
    );
  const notes: string[] = [];
  if (frames > 1 && !isAnimated) notes.push(`Only the first of ${frames} images in the file was used.`);
  if (file.mediaType === 'image/apng') notes.push('Only the first frame of the animated PNG was used.');
  if (isAnimated && options.keepMetadata) notes.push('The metadata of an animation is not kept.');
  const keepMetadata = options.keepMetadata && !isAnimated;
  const decoding = { ...options, keepMetadata };
  const full = header.autoOrient;
  const decode = (operations: readonly Operation[]) =>
    isAnimated
      ? Picture.decodeAnimation(bytes, decoding)
      : Picture.decode(bytes, { full, side: decodedSize(full, operations) }, decoding);
  if (header.depth !== 'uchar' && !keepMetadata) notes.push('Reduced to 8 bits a channel.');
  return { format, metadata: metadataOf(header, frames), notes, decode };
}

async function readHeader(bytes: Buffer, options: PictureOptions): Promise<Metadata> {
  try {
    return await sharp(bytes, { ...readOptions(options), limitInputPixels: false }).metadata();
  } catch (error) {
    throw unreadable(error, options);
  }
}

/** By libvips' name of a number's form. */
const bitsOf: Readonly<Record<string, number>> = { uchar: 8, ushort: 16, float: 32, double: 64 };

function metadataOf(header: Metadata, frames: number): ImageMetadata {
  return {
    format: header.format === 'heif' ? 'avif' : header.format,
    width: header.autoOrient.width,
    height: header.autoOrient.height,
    ...(header.orientation !== undefined && { orientation: header.orientation }),
    frames,
    colorSpace: header.space,
    channels: header.channels,
    bitsPerChannel: bitsOf[header.depth] ?? 8,
    hasAlpha: header.hasAlpha,
    isProgressive: header.isProgressive ?? false,
    ...(header.density !== undefined && { dotsPerInch: header.density }),
    exif: header.exif !== undefined,
    xmp: header.xmp !== undefined,
    iptc: header.iptc !== undefined,
    iccProfile: header.icc !== undefined,
  };
}
