/**
 * An image between two operations: its frames, upright, in memory. A still image has one. Each frame goes
 * through an operation on its own, so animations survive all of them.
 *
 * Frames are plain pixels (8 bits a channel, sRGB). Only where metadata is to be kept is a frame an
 * uncompressed PNG, which carries it.
 */
import type { CreateRaw, Sharp } from 'sharp';
import { failure } from '../../../models/failure.js';
import { declaredFailure } from './declared-errors.js';
import type { Side, Size } from './decoded-size.js';
import { limitFailure, sharp, stepSecondsMax } from './sharp.js';

interface Frame {
  bytes: Buffer;
  /** Absent where the bytes are an encoded image. */
  raw?: CreateRaw & { pageHeight?: number };
}

export interface PictureOptions {
  imagePixelsMax: number;
  keepMetadata: boolean;
  signal: AbortSignal;
}

interface Sizes {
  /** Of the image, upright. */
  full: Size;
  /** No larger than it is needed. Default: `full`. */
  side?: Side;
}

interface Facts {
  /** Of one frame, in pixels. */
  width: number;
  height: number;
  /** In milliseconds, one for each frame of an animation. */
  delays: number[];
  /** 0 is for ever. */
  loop: number;
}

export class Picture {
  private constructor(
    private readonly frames: readonly Frame[],
    readonly facts: Facts,
    readonly options: PictureOptions,
    /** What it stands for: larger than it is where it was decoded smaller. */
    readonly full: Size = facts,
  ) {}

  /**
   * Decodes all of an image, whatever will be done to it: so the same file is corrupt for every operation or
   * for none.
   *
   * @throws Failure `corrupt_image`, `image_too_large`
   */
  static async decode(bytes: Buffer, { full, side }: Sizes, options: PictureOptions): Promise<Picture> {
    try {
      const upright = open({ bytes }, options).autoOrient();
      // Cutting nothing off first, so that libjpeg decodes every pixel: when it decodes fewer, it overlooks damage.
      const all = { left: 0, top: 0, ...full };
      const image = side === undefined ? upright : upright.extract(all).resize(side);
      const { width, height, ...frame } = await kept(image, options);
      return new Picture([frame], { width, height, delays: [], loop: 0 }, options, side && full);
    } catch (error) {
      throw unreadable(error, options);
    }
  }

  /** All frames of an animation. @throws Failure `corrupt_image`, `image_too_large` */
  static async decodeAnimation(bytes: Buffer, options: PictureOptions): Promise<Picture> {
    try {
      const image = sharp(bytes, { ...readOptions(options), pages: -1 }).timeout({ seconds: stepSecondsMax });
      const { delay = [], loop = 0 } = await image.metadata();
      const { data, info } = await image.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
      const { width, channels, pageHeight: height = info.height } = info;
      const size = width * height * channels;
      const frames = Array.from({ length: data.length / size }, (_, index) => ({
        bytes: data.subarray(index * size, (index + 1) * size),
        raw: { width, height, channels },
      }));
      const delays = frames.map((_, index) => delay[index] ?? 100);
      return new Picture(frames, { width, height, delays, loop }, options);
    } catch (error) {
      throw unreadable(error, options);
    }
  }

  get frameCount(): number {
    return this.frames.length;
  }

  /** Does one thing to every frame. All frames must come out in one size. */
  async step(change: (image: Sharp) => Sharp): Promise<Picture> {
    const frames: Frame[] = [];
    const facts = { ...this.facts };
    for (const before of this.frames) {
      this.options.signal.throwIfAborted();
      const { width, height, ...frame } = await kept(change(open(before, this.options)), this.options).catch(
        (error: unknown) => {
          throw limitFailure(error, this.options.imagePixelsMax) ?? error;
        },
      );
      frames.push(frame);
      Object.assign(facts, { width, height });
    }
    return new Picture(frames, facts, this.options);
  }

  /** One that was decoded smaller, when that is all that is asked for: it stands for itself from now on. */
  asDecoded(): Picture {
    return new Picture(this.frames, this.facts, this.options);
  }

  /** Without its other frames. */
  firstFrame(): Picture {
    return new Picture(this.frames.slice(0, 1), { ...this.facts, delays: [] }, this.options);
  }

  /** Whether no pixel of the first frame is transparent. */
  async isOpaque(): Promise<boolean> {
    return (await open(this.#first, this.options).stats()).isOpaque;
  }

  /** For encoding: all frames of an animation below one another, as libvips wants them. */
  open(): Sharp {
    const { raw } = this.#first;
    if (raw === undefined || this.frames.length === 1) return open(this.#first, this.options);
    const roll = { ...raw, height: raw.height * this.frames.length, pageHeight: raw.height };
    return open({ bytes: Buffer.concat(this.frames.map(({ bytes }) => bytes)), raw: roll }, this.options);
  }

  /** Refuses an operation whose result would be over the limit, before a pixel of it is made. */
  ensureRoomFor(width: number, height: number): void {
    const { imagePixelsMax } = this.options;
    const pixels = width * height * this.frames.length;
    if (pixels > imagePixelsMax)
      throw failure(
        'image_too_large',
        `The result would have ${width} × ${height}${this.frames.length > 1 ? ` × ${this.frames.length} frames` : ''} = ${pixels} pixels; the limit is ${imagePixelsMax}.`,
      );
  }

  get #first(): Frame {
    const [first] = this.frames;
    if (first === undefined) throw new Error('an image without a frame');
    return first;
  }
}

const open = ({ bytes, raw }: Frame, options: PictureOptions): Sharp =>
  sharp(bytes, { ...readOptions(options), ...(raw && { raw }) }).timeout({ seconds: stepSecondsMax });

/** Computes an image, and holds it as a frame. */
async function kept(
  image: Sharp,
  { keepMetadata }: PictureOptions,
): Promise<Frame & { width: number; height: number }> {
  const form = keepMetadata
    ? image.keepMetadata().png({ compressionLevel: 0 })
    : image.toColourspace('srgb').raw({ depth: 'uchar' });
  const { data, info } = await form.toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return { bytes: data, ...(!keepMetadata && { raw: { width, height, channels } }), width, height };
}

export const readOptions = ({ imagePixelsMax }: { imagePixelsMax: number }) => ({
  // The strictest there is: also damage that a viewer would hide.
  failOn: 'warning' as const,
  limitInputPixels: imagePixelsMax,
});

export const unreadable = (error: unknown, { imagePixelsMax }: { imagePixelsMax: number }) =>
  limitFailure(error, imagePixelsMax) ??
  declaredFailure(
    'corrupt_image',
    'The image cannot be decoded: it is cut off, or its data is damaged.',
    error,
  );
