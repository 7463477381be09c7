/** The operations on images that change every frame in the same way and need no more than a few lines. */
import { declaredFailure } from './declared-errors.js';
import type { OperationOf } from './operations.js';
import type { Picture } from './picture.js';

export async function rotate(
  picture: Picture,
  { angle, background }: OperationOf<'rotate'>,
): Promise<Picture> {
  if (angle % 90 === 0) return picture.step((image) => image.rotate(angle));
  const { width, height } = picture.facts;
  const turn = (angle * Math.PI) / 180;
  const [cos, sin] = [Math.abs(Math.cos(turn)), Math.abs(Math.sin(turn))];
  picture.ensureRoomFor(Math.ceil(width * cos + height * sin), Math.ceil(width * sin + height * cos));
  return picture.step((image) =>
    image.ensureAlpha().rotate(angle, { background: background ?? '#00000000' }),
  );
}

/** @throws Failure `crop_outside_image` */
export async function crop(picture: Picture, operation: OperationOf<'crop'>): Promise<Picture> {
  const { left, top, width, height } = operation;
  const { facts } = picture;
  if (left + width > facts.width || top + height > facts.height)
    throw declaredFailure(
      'crop_outside_image',
      `The crop reaches to ${left + width} × ${top + height}; the image has ${facts.width} × ${facts.height} pixels.`,
    );
  return picture.step((image) => image.extract({ left, top, width, height }));
}

export const grayscale = (picture: Picture): Promise<Picture> => picture.step((image) => image.grayscale());

export const blur = (picture: Picture, { sigma }: OperationOf<'blur'>): Promise<Picture> =>
  picture.step((image) => image.blur(sigma));
