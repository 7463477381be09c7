/**
 * How small an image may be decoded, by what will be made of it: pixels that no operation asks for cost time and memory
 * as any others do. A photo that is decoded straight to its largest thumbnail needs half of both.
 *
 * What is made of it must not suffer. So each size is either the one that it is decoded to, or at most half of it: libvips
 * itself keeps as much, where it reduces an image in two steps.
 */
import type { Fitting, Operation } from './operations.js';

export interface Size {
  width: number;
  height: number;
}

/** The one side that says the other as well, where the proportions are kept. */
export type Side = { width: number } | { height: number };

type Frame = Pick<Fitting, 'width' | 'height' | 'fit'>;

/** @returns undefined where all pixels are needed. */
export function decodedSize(full: Size, operations: readonly Operation[]): Side | undefined {
  const sides = sidesOf(full, operations);
  const shrinks = sides.map((side) => (side === undefined ? 1 : shrinkOf(full, side)));
  const least = Math.min(...shrinks);
  const isEnough = least > 1 && shrinks.every((shrink) => shrink === least || shrink >= 2 * least);
  return isEnough ? sides[shrinks.indexOf(least)] : undefined;
}

/** Of all that is made of the image as it was, until another is made of itself. One that is undefined needs all pixels. */
function sidesOf(full: Size, operations: readonly Operation[]): (Side | undefined)[] {
  const sides: (Side | undefined)[] = [];
  let isWritten = false;
  for (const operation of operations)
    switch (operation.operation) {
      case 'metadata':
      case 'checksum':
      case 'gzip':
        break;
      case 'convert':
      case 'strip_metadata':
        isWritten = true;
        break;
      case 'thumbnails':
        for (const size of operation.sizes) {
          const given = typeof size === 'number' ? { width: size } : size;
          sides.push(sideOf(full, { ...given, fit: operation.fit }));
        }
        break;
      case 'resize':
        return [...sides, sideOf(full, operation)];
      default:
        return [undefined];
    }
  return isWritten ? [undefined] : sides;
}

/** To which side the whole image is brought; what is over is cut off later. Undefined where it is distorted. */
export function sideOf(full: Size, { width, height, fit }: Frame): Side | undefined {
  if (width === undefined || height === undefined)
    return width !== undefined ? { width } : height !== undefined ? { height } : undefined;
  if (fit === 'fill') return undefined;
  const isWithin = fit === 'inside' || fit === 'contain';
  return width / full.width < height / full.height === isWithin ? { width } : { height };
}

const shrinkOf = (full: Size, side: Side): number =>
  'width' in side ? full.width / side.width : full.height / side.height;

/** The whole image in this size, rounded as libvips does, give or take a half. */
export function sized(full: Size, side: Side): Size {
  const shrink = shrinkOf(full, side);
  return {
    width: Math.max(1, Math.round(full.width / shrink)),
    height: Math.max(1, Math.round(full.height / shrink)),
  };
}
