/**
 * Dimensions of an image, read from its header: nothing is decoded, so a small file that would inflate to
 * gigabytes costs no more than any other.
 */

export interface ImageHeader {
  width: number;
  /** Of one frame. */
  height: number;
  frames: number;
}

/** Only for these is the image library asked; it never sees any other content. */
const readable = new Set([
  'image/jpeg',
  'image/png',
  'image/apng',
  'image/webp',
  'image/gif',
  'image/avif',
  'image/tiff',
]);

/** @returns undefined where the format is not one that can be read, or its header is broken. */
export async function readImageHeader(path: string, mediaType: string): Promise<ImageHeader | undefined> {
  if (!readable.has(mediaType)) return undefined;
  const { default: sharp } = await import('sharp');
  // libvips remembers what it read by path, and would answer for the former content of a path.
  sharp.cache(false);
  try {
    const header = await sharp(path, { pages: -1, limitInputPixels: false, failOn: 'none' }).metadata();
    return {
      // As it is meant to be seen: EXIF may say that the pixels lie on their side.
      width: header.autoOrient.width,
      height: header.pages === undefined ? header.autoOrient.height : (header.pageHeight ?? header.height),
      frames: header.pages ?? 1,
    };
  } catch {
    return undefined;
  }
}
