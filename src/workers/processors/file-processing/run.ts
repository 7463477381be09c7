/**
 * One job: obtains the source, does the operations in their order, and stores what comes out.
 *
 * The work is in one of two forms. As an image it is a `Picture`, encoded only when a file is made of it. As
 * content it is a stream, which `gzip`, `checksum` and `csv_to_json` work on. An image becomes content at the
 * first operation that wants content; the schema has made sure that nothing wants it back.
 */
import type { ProcessorContext } from '../../../models/job-type.js';
import type { StoredFile } from '../../../models/stored-file.js';
import { type Content, checksums, contentOf, gzip } from './content.js';
import { type CsvFacts, csvToJson } from './csv-to-json.js';
import { declaredFailure } from './declared-errors.js';
import { ImageWork } from './image-work.js';
import { contentOfFile, obtainSource, openFile } from './obtain-source.js';
import type { Operation } from './operations.js';
import { isForImages, type Payload } from './payload.js';
import type { Result } from './result.js';

export async function processFile(payload: Payload, context: ProcessorContext): Promise<Result> {
  const { operations } = payload;
  const source = await obtainSource(payload.source, context);
  context.progress(10, 'The source is there.');
  const job = new FileJob(source, payload, context);
  for (const [index, operation] of operations.entries()) {
    context.signal.throwIfAborted();
    const done: OnShare = (share, message) =>
      context.progress(Math.floor(10 + (80 * (index + share)) / operations.length), message);
    await job.apply(operation, done);
    done(1, operation.operation);
  }
  return job.finish();
}

/** Told by an operation that makes several files: which share of it is done, 0 to 1. */
type OnShare = (share: number, message: string) => void;

class FileJob {
  readonly #result: Result;
  #image: ImageWork | undefined;
  #content: Content | undefined;
  /** The operation that changed the work last; undefined as long as it is the source. */
  #changedBy: Operation['operation'] | undefined;

  constructor(
    private readonly source: StoredFile,
    private readonly payload: Payload,
    private readonly context: ProcessorContext,
  ) {
    this.#result = { source, outputs: [], notes: [] };
  }

  async apply(operation: Operation, onShare: OnShare): Promise<void> {
    if (isForImages(operation)) return this.#applyToImage(operation, onShare);
    const content = await this.#asContent();
    switch (operation.operation) {
      case 'checksum':
        this.#result.checksums = await checksums(content, operation, this.context.signal);
        return;
      case 'gzip':
        this.#content = gzip(content, operation);
        break;
      case 'csv_to_json':
        this.#result.csv = { rows: 0 };
        this.#content = csvToJson(textOnly(content), operation, this.#result.csv satisfies CsvFacts);
        break;
    }
    this.#changedBy = operation.operation;
  }

  async finish(): Promise<Result> {
    if (this.#changedBy !== undefined) {
      this.context.progress(90, 'Writing the file.');
      const { name, open } = await this.#asContent();
      await this.#store(name, await open(), this.#changedBy);
    }
    this.context.progress(100);
    return this.#result;
  }

  async #applyToImage(operation: Operation, onShare: OnShare): Promise<void> {
    const image = await this.#asImage();
    if (operation.operation === 'metadata') {
      this.#result.metadata = image.metadata;
    } else if (operation.operation === 'thumbnails') {
      const { length } = operation.sizes;
      let made = 0;
      for await (const { name, bytes } of image.thumbnails(operation)) {
        await this.#store(name, bytes, operation.operation);
        this.context.signal.throwIfAborted();
        made += 1;
        if (made < length) onShare(made / length, `${operation.operation}: ${made} of ${length}`);
      }
    } else {
      await image.change(operation, (fileId) => contentOfFile(fileId, this.context));
      this.#changedBy = operation.operation;
      // Content that was made of it earlier, for a checksum, is no longer what it is.
      this.#content = undefined;
    }
  }

  async #asImage(): Promise<ImageWork> {
    this.#image ??= await ImageWork.open(this.source, () => contentOfFile(this.source.id, this.context), {
      imagePixelsMax: this.context.files.imagePixelsMax,
      keepMetadata: this.payload.keepMetadata,
      signal: this.context.signal,
      operations: this.payload.operations,
      notes: this.#result.notes,
    });
    return this.#image;
  }

  async #asContent(): Promise<Content> {
    if (this.#content !== undefined) return this.#content;
    if (this.#image === undefined || this.#changedBy === undefined)
      this.#content = {
        name: this.source.name,
        mediaType: this.source.mediaType,
        open: () => openFile(this.source.id, this.context),
      };
    else {
      const { name, mediaType, bytes } = await this.#image.encoded();
      this.#content = contentOf(name, mediaType, bytes);
    }
    return this.#content;
  }

  async #store(name: string, content: Parameters<ProcessorContext['files']['create']>[1], by: string) {
    const file = await this.context.files.create(name, content);
    this.#result.outputs.push({ ...file, operation: by });
  }
}

function textOnly(content: Content): Content {
  if (/^text\/|json$/.test(content.mediaType)) return content;
  throw declaredFailure('invalid_csv', `${JSON.stringify(content.name)} is ${content.mediaType}, not text.`);
}
