/**
 * Puts a text or an image over a picture. Text is drawn by Pango from escaped markup with a font of our own,
 * so it looks the same on a server without any, and nothing in it can act as markup.
 */
import { createRequire } from 'node:module';
import type { Sharp } from 'sharp';
import { declaredFailure } from './declared-errors.js';
import type { OperationOf } from './operations.js';
import { type Picture, readOptions } from './picture.js';
import { limitFailure, sharp, stepSecondsMax } from './sharp.js';

const fontFile = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf');
const fontPixels = 96;
const edgePixels = 3;
/** Space to the edges of the picture, as a share of its shorter side. */
const marginShare = 0.02;

const gravities = {
  center: 'center',
  top: 'north',
  'top-right': 'northeast',
  right: 'east',
  'bottom-right': 'southeast',
  bottom: 'south',
  'bottom-left': 'southwest',
  left: 'west',
  'top-left': 'northwest',
} as const;

/**
 * @param image Content of the image file, where the watermark is one.
 * @throws Failure `invalid_watermark`, `image_too_large`, `attempt_timeout`
 */
export async function watermark(
  picture: Picture,
  operation: OperationOf<'watermark'>,
  image: Buffer | undefined,
): Promise<Picture> {
  const { width, height } = picture.facts;
  const margin = Math.floor(Math.min(width, height) * marginShare);
  const mark = image === undefined ? await textMark(operation) : imageMark(image, picture);
  const overlay = await mark
    .ensureAlpha()
    .resize({
      width: Math.max(1, Math.min(Math.round(width * operation.scale), width - 2 * margin)),
      height: height - 2 * margin,
      fit: 'inside',
    })
    .composite([opacityMask(operation.opacity)])
    .png()
    .toBuffer()
    .then((png) => withMargin(png, margin))
    .catch((error: unknown) => {
      const limit = limitFailure(error, picture.options.imagePixelsMax);
      if (limit !== undefined || image === undefined) throw limit ?? error;
      throw declaredFailure('invalid_watermark', 'The image of the watermark cannot be decoded.', error);
    });
  return picture.step((frame) =>
    frame.composite([{ input: overlay, gravity: gravities[operation.position] }]),
  );
}

const imageMark = (image: Buffer, { options }: Picture): Sharp =>
  sharp(image, readOptions(options)).timeout({ seconds: stepSecondsMax }).autoOrient();

async function textMark({ text = '', color }: OperationOf<'watermark'>): Promise<Sharp> {
  try {
    const [edge, letters] = await Promise.all([drawn(text, '#000000'), drawn(text, color)]);
    const { width, height } = letters.info;
    const canvas = { width: width + 2 * edgePixels, height: height + 2 * edgePixels, channels: 4 as const };
    const offsets = [0, 1, 2].flatMap((x) => [0, 1, 2].map((y) => [x * edgePixels, y * edgePixels] as const));
    const layers = [
      ...offsets.map(([left, top]) => ({ input: edge.data, left, top })),
      { input: letters.data, left: edgePixels, top: edgePixels },
    ];
    const png = await sharp({ create: { ...canvas, background: '#00000000' } })
      .composite(layers)
      .png()
      .toBuffer();
    return sharp(png);
  } catch (error) {
    throw declaredFailure(
      'invalid_watermark',
      'The text of the watermark has nothing that can be drawn.',
      error,
    );
  }
}

function drawn(text: string, color: string) {
  const markup = `<span foreground="${longForm(color)}">${escaped(text)}</span>`;
  return sharp({
    text: { text: markup, font: `DejaVu Sans Bold ${fontPixels}`, fontfile: fontFile, rgba: true, dpi: 72 },
  })
    .png()
    .toBuffer({ resolveWithObject: true });
}

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

/** Pango reads #rgb as four bits a channel, which is what it means elsewhere, too; only the length differs. */
const longForm = (color: string) => (color.length === 4 ? color.replace(/[^#]/g, '$&$&') : color);

/** Multiplies the alpha of what it is composited with. */
const opacityMask = (opacity: number) => ({
  input: Buffer.from([255, 255, 255, Math.round(opacity * 255)]),
  raw: { width: 1, height: 1, channels: 4 as const },
  tile: true,
  blend: 'dest-in' as const,
});

const withMargin = (png: Buffer, margin: number) =>
  sharp(png)
    .extend({ top: margin, bottom: margin, left: margin, right: margin, background: '#00000000' })
    .png()
    .toBuffer();
