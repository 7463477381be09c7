/**
 * The gate of every file store: looks at content before it becomes a file, and refuses what may not become
 * one. Works on a file on disk that nobody sees yet.
 */
import { failure } from '../models/failure.js';
import { extensionOf } from './file-name.js';
import { readImageHeader } from './image-header.js';
import { sniff, svgMediaType } from './sniff.js';

export interface ContentToInspect {
  /** Where the bytes are. */
  path: string;
  /** The first `headBytesMax` of them, or all there are. */
  head: Uint8Array;
  name: string;
  declaredMediaType?: string;
  imagePixelsMax: number;
}

export interface Inspection {
  mediaType: string;
  /** Images only, in pixels. */
  width?: number;
  /** Images only, in pixels: of one frame. */
  height?: number;
  /** Animated images only. */
  frames?: number;
}

/** @throws Failure `empty_file`, `svg_not_accepted`, `content_mismatch`, `image_too_large` */
export async function inspect(content: ContentToInspect): Promise<Inspection> {
  if (content.head.length === 0) throw failure('empty_file', 'The file has zero bytes.');
  const mediaType = await sniff(content.head, content.name);
  if (mediaType === svgMediaType)
    throw failure('svg_not_accepted', 'The content is SVG, which is not accepted; convert it to PNG first.');
  if (!mediaType.startsWith('image/')) {
    refuseFalseImage(content, mediaType);
    return { mediaType };
  }
  const header = await readImageHeader(content.path, mediaType);
  if (header === undefined) return { mediaType };
  const { width, height, frames } = header;
  const pixels = width * height * frames;
  if (pixels > content.imagePixelsMax)
    throw failure(
      'image_too_large',
      `The image has ${describePixels(width, height, frames)} = ${pixels} pixels; the limit is ${content.imagePixelsMax}.`,
    );
  return { mediaType, width, height, ...(frames > 1 && { frames }) };
}

const describePixels = (width: number, height: number, frames: number) =>
  `${width} × ${height}${frames > 1 ? ` × ${frames} frames` : ''}`;

const imageExtensions = new Set(
  'jpg jpeg jpe jfif pjpeg png apng gif webp avif heic heif tif tiff bmp ico jxl jp2 svg svgz'.split(' '),
);

function refuseFalseImage({ name, declaredMediaType }: ContentToInspect, found: string): void {
  const declared = declaredMediaType?.split(';')[0]?.trim().toLowerCase() ?? '';
  const extension = extensionOf(name);
  const isDeclared = declared.startsWith('image/');
  if (!isDeclared && !imageExtensions.has(extension)) return;
  const claim = isDeclared ? `the media type says ${declared}` : `the name ends in .${extension}`;
  throw failure('content_mismatch', `An image was announced (${claim}); the content is ${found}.`);
}
