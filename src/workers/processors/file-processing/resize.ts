/** Brings a picture to a size. */
import type { ResizeOptions } from 'sharp';
import type { Fitting } from './operations.js';
import type { Picture } from './picture.js';

interface Size {
  width: number;
  height: number;
}

const transparent = '#00000000';

/** @throws Failure `image_too_large` where the result would be over the pixel limit */
export async function resize(picture: Picture, fitting: Fitting): Promise<Picture> {
  const { width, height, fit, withoutEnlargement } = fitting;
  const target = targetSize(picture.facts, fitting);
  const isEnlarged = target.width > picture.facts.width || target.height > picture.facts.height;
  if (isEnlarged && !withoutEnlargement) picture.ensureRoomFor(target.width, target.height);
  const options: ResizeOptions = {
    width,
    height,
    fit,
    position: sharpPosition(fitting, picture.frameCount),
    withoutEnlargement,
    background: fitting.background ?? transparent,
  };
  const isPadded = fit === 'contain' && width !== undefined && height !== undefined;
  return picture.step((image) => (isPadded ? image.ensureAlpha() : image).resize(options));
}

/** The dimensions that come out, were nothing left as it is. */
function targetSize(from: Size, { width, height, fit }: Fitting): Size {
  if (width === undefined || height === undefined || fit === 'inside' || fit === 'outside') {
    const scales = [(width ?? Number.NaN) / from.width, (height ?? Number.NaN) / from.height];
    const scale = (fit === 'outside' ? Math.max : Math.min)(
      ...scales.filter((value) => !Number.isNaN(value)),
    );
    return {
      width: Math.max(1, Math.round(from.width * scale)),
      height: Math.max(1, Math.round(from.height * scale)),
    };
  }
  return { width, height };
}

function sharpPosition({ position, fit }: Fitting, frameCount: number): string {
  const isByContent = position === 'entropy' || position === 'attention';
  // An animation would jump if each frame chose its own part, and padding has no content to choose by.
  if (isByContent) return fit === 'cover' && frameCount === 1 ? position : 'center';
  return position.split('-').reverse().join(' ');
}
