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
  ) {}

  /**
   * Decodes all of an image, whatever will be done to it: so the same file is corrupt for every operation or
   * for none.
   *
   * @throws Failure `corrupt_image`, `image_too_large`
   */
  static async decode(bytes: Buffer, isAnimated: boolean, options: PictureOptions): Promise<Picture> {
    try {
      return isAnimated ? await decodeAnimation(bytes, options) : await decodeStill(bytes, options);
    } catch (error) {
      throw unreadable(error, options);
    }

    async function decodeStill(bytes: Buffer, options: PictureOptions) {
      const { width, height, ...frame } = await kept(open({ bytes }, options).autoOrient(), options);
      return new Picture([frame], { width, height, delays: [], loop: 0 }, options);
    }

    async function decodeAnimation(bytes: Buffer, options: PictureOptions) {
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
