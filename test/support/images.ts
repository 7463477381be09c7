/** Real images for tests, made here so that each test says what is in them. */
import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';

/** A photo-like JPEG: gradients under noise, so that it neither compresses to nothing nor looks the same anywhere. */
export async function photo(
  width: number,
  height: number,
  options: { orientation?: number; exif?: boolean } = {},
): Promise<Buffer> {
  const data = Buffer.alloc(width * height * 3);
  let noise = 12_345;
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      noise = (noise * 1_103_515_245 + 12_345) & 0x7fffffff;
      data[at++] = (x / width) * 230 + (noise % 25);
      data[at++] = (y / height) * 230 + (noise % 23);
      data[at++] = 120 + (noise % 40);
    }
  let image = sharp(data, { raw: { width, height, channels: 3 } });
  if (options.exif)
    image = image.withExif({
      IFD0: { Make: 'Test', Copyright: 'Ada Lovelace' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1' },
    });
  if (options.orientation !== undefined) image = image.withMetadata({ orientation: options.orientation });
  return image.jpeg({ quality: 90 }).toBuffer();
}

export type Rgb = readonly [number, number, number];
export const red: Rgb = [255, 0, 0];
export const green: Rgb = [0, 255, 0];
export const blue: Rgb = [0, 0, 255];
export const white: Rgb = [255, 255, 255];

/** Four flat quarters: top left, top right, bottom left, bottom right. Width and height must be even. */
export function quarters(
  width: number,
  height: number,
  colors: readonly [Rgb, Rgb, Rgb, Rgb] = [red, green, blue, white],
): Sharp {
  const raw = Buffer.alloc(width * height * 3);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 3)
      raw.set(colors[(y < height / 2 ? 0 : 2) + (x < width / 2 ? 0 : 1)] ?? white, at);
  return sharp(raw, { raw: { width, height, channels: 3 } });
}

/** An animated image: each frame is one flat colour. */
export async function animation(
  format: 'gif' | 'webp',
  width: number,
  height: number,
  colors: readonly Rgb[] = [red, green, blue],
): Promise<Buffer> {
  const frames = colors.map(([r, g, b]) =>
    Buffer.alloc(width * height * 3, Buffer.from(Uint8Array.of(r, g, b))),
  );
  const image = sharp(Buffer.concat(frames), {
    raw: { width, height: height * colors.length, channels: 3, pageHeight: height },
  });
  const timing = { delay: colors.map(() => 120), loop: 0 };
  return format === 'gif'
    ? image.gif(timing).toBuffer()
    : image.webp({ ...timing, lossless: true }).toBuffer();
}

/** A PNG of any dimensions in a few kilobytes: one bit a pixel, all of them zero. */
export function pixelBomb(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1; // bits a pixel; the rest is zero: grey, not interlaced
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * height), { level: 9 })),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** The colour of one pixel, as red, green and blue. */
export async function pixelAt(image: Buffer, x: number, y: number, page = 0): Promise<Rgb> {
  const [r = -1, g = -1, b = -1] = await sharp(image, { page })
    .toColourspace('srgb')
    .removeAlpha()
    .extract({ left: x, top: y, width: 1, height: 1 })
    .raw()
    .toBuffer();
  return [r, g, b];
}

/** How far two colours are apart in their most different channel. */
export const distance = (a: Rgb, b: Rgb): number =>
  Math.max(Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1]), Math.abs(a[2] - b[2]));

/** How far two images of one size are apart, in the mean of all channels of all pixels. */
export async function meanDistance(a: Buffer, b: Buffer): Promise<number> {
  const one = await sharp(a).raw().toBuffer();
  const other = await sharp(b).raw().toBuffer();
  if (one.length !== other.length) throw new Error('two images of different sizes');
  return one.reduce((sum, value, at) => sum + Math.abs(value - (other[at] ?? 0)), 0) / one.length;
}
