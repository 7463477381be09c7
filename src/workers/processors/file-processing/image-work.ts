/** An image on its way through the operations: the picture, the format it will be written in, and its name. */

import type { StoredFile } from '../../../models/stored-file.js';
import { canAnimate, encode, extensions, type Target } from './encode.js';
import { blur, crop, grayscale, rotate } from './image-changes.js';
import { formatOf, type OpenedImage, openImage } from './image-source.js';
import type { Operation, OperationOf } from './operations.js';
import { withExtension } from './output-name.js';
import type { Picture, PictureOptions } from './picture.js';
import { resize } from './resize.js';
import type { ImageMetadata } from './result.js';
import { watermark } from './watermark.js';

export interface ImageWorkOptions extends PictureOptions {
  /** All that will be done. */
  operations: readonly Operation[];
  /** What is lost is added here. */
  notes: string[];
}

export interface EncodedImage {
  name: string;
  mediaType: string;
  bytes: Buffer;
}

export class ImageWork {
  #decoded: Promise<Picture> | undefined;
  #target: Target;

  private constructor(
    private readonly source: StoredFile,
    private readonly image: OpenedImage,
    private readonly operations: readonly Operation[],
    private readonly notes: string[],
  ) {
    this.#target = { format: image.format, background: '#ffffff' };
  }

  /** @throws Failure `not_an_image`, `unsupported_image`, `corrupt_image`, `image_too_large` */
  static async open(
    source: StoredFile,
    read: () => Promise<Buffer>,
    { operations, notes, ...options }: ImageWorkOptions,
  ): Promise<ImageWork> {
    formatOf(source); // says so before anything is read
    return new ImageWork(source, await openImage(source, await read(), options), operations, notes);
  }

  get metadata(): ImageMetadata {
    return this.image.metadata;
  }

  async change(operation: Operation, read: (fileId: string) => Promise<Buffer>): Promise<void> {
    const changed = await this.#changed(await this.#picture(), operation, read);
    this.#decoded = Promise.resolve(changed);
  }

  /** One at a time, as they are stored, so that only one of them is in memory. */
  async *thumbnails({ sizes, ...fitting }: OperationOf<'thumbnails'>): AsyncGenerator<EncodedImage> {
    const picture = await this.#picture();
    for (const given of sizes) {
      const size = typeof given === 'number' ? { width: given } : given;
      const small = await resize(picture, { ...fitting, width: size.width, height: size.height });
      const { width, height } = small.facts;
      const label = ('name' in size && size.name) || `${width}x${height}`;
      yield this.#encoded(small, `-${label}`);
    }
  }

  async encoded(): Promise<EncodedImage> {
    return this.#encoded(await this.#picture());
  }

  async #encoded(picture: Picture, suffix = ''): Promise<EncodedImage> {
    const { format } = this.#target;
    return {
      name: withExtension(this.source.name, extensions[format], suffix),
      mediaType: `image/${format}`,
      bytes: await encode(picture, this.#target),
    };
  }

  #picture(): Promise<Picture> {
    if (this.#decoded === undefined) {
      this.notes.push(...this.image.notes);
      this.#decoded = this.image.decode(this.operations);
    }
    return this.#decoded;
  }

  async #changed(
    picture: Picture,
    operation: Operation,
    read: (fileId: string) => Promise<Buffer>,
  ): Promise<Picture> {
    switch (operation.operation) {
      case 'resize':
        return resize(picture, operation);
      case 'rotate':
        return rotate(picture, operation);
      case 'crop':
        return crop(picture, operation);
      case 'grayscale':
        return grayscale(picture);
      case 'blur':
        return blur(picture, operation);
      case 'watermark':
        return watermark(
          picture,
          operation,
          operation.fileId === undefined ? undefined : await read(operation.fileId),
        );
      case 'convert':
        return this.#converted(picture, operation);
      default:
        return picture;
    }
  }

  async #converted(
    picture: Picture,
    { format, quality, background }: OperationOf<'convert'>,
  ): Promise<Picture> {
    if (format === 'png' && quality !== undefined)
      this.notes.push('PNG is lossless: the quality was not used.');
    if (format === 'jpeg' && this.#target.format !== 'jpeg' && !(await picture.isOpaque()))
      this.notes.push(`JPEG has no transparency: what was transparent became ${background}.`);
    this.#target = { format, quality, background };
    if (picture.frameCount === 1 || canAnimate(format)) return picture;
    this.notes.push(`${format.toUpperCase()} holds one frame: the first of ${picture.frameCount} was kept.`);
    return picture.firstFrame();
  }
}
