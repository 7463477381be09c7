/** Brings a picture to a size. */
import type { ResizeOptions } from 'sharp';
import { type Size, sideOf, sized } from './decoded-size.js';
import type { Fitting } from './operations.js';
import type { Picture } from './picture.js';

const transparent = '#00000000';

/** @throws Failure `image_too_large` where the result would be over the pixel limit */
export async function resize(picture: Picture, fitting: Fitting): Promise<Picture> {
  const { full, facts } = picture;
  const { withoutEnlargement } = fitting;
  const target = targetSize(full, fitting);
  const isEnlarged = target.width > full.width || target.height > full.height;
  if (isEnlarged && !withoutEnlargement) picture.ensureRoomFor(target.width, target.height);
  const isPadded = fitting.fit === 'contain' && isFramed(fitting);
  if (!isPadded && target.width === facts.width && target.height === facts.height) return picture.asDecoded();
  // One that was decoded smaller may have slightly other proportions: its sides were rounded.
  const { width, height, fit } =
    full === facts || isFramed(fitting) ? fitting : { ...target, fit: 'fill' as const };
  const options: ResizeOptions = {
    width,
    height,
    fit,
    position: sharpPosition(fitting, picture.frameCount),
    withoutEnlargement,
    background: fitting.background ?? transparent,
  };
  return picture.step((image) => (isPadded ? image.ensureAlpha() : image).resize(options));
}

/** Whether both sides come out as they are given, whatever the proportions of the image. */
const isFramed = ({ width, height, fit }: Fitting): boolean =>
  width !== undefined && height !== undefined && fit !== 'inside' && fit !== 'outside';

/** The dimensions that come out, were nothing left as it is. */
function targetSize(full: Size, fitting: Fitting): Size {
  const { width = full.width, height = full.height } = fitting;
  const side = isFramed(fitting) ? undefined : sideOf(full, fitting);
  return side === undefined ? { width, height } : sized(full, side);
}

function sharpPosition({ position, fit }: Fitting, frameCount: number): string {
  const isByContent = position === 'entropy' || position === 'attention';
  // An animation would jump if each frame chose its own part, and padding has no content to choose by.
  if (isByContent) return fit === 'cover' && frameCount === 1 ? position : 'center';
  return position.split('-').reverse().join(' ');
}
