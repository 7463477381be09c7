/** Runs one file processing job as a worker does: the payload parsed before, the result parsed after. */
import type { z } from 'zod';
import type { OutboundFetch } from '../../src/models/job-type.js';
import type { StoredFile } from '../../src/models/stored-file.js';
import { payloadSchema } from '../../src/workers/processors/file-processing/payload.js';
import { type Result, resultSchema } from '../../src/workers/processors/file-processing/result.js';
import fileProcessing from '../../src/workers/processors/file-processing.js';
import { processorContext } from '../support/processor-context.js';
import { type FilesUnderTest, filesUnderTest } from '../support/processor-files.js';

export type Operations = z.input<typeof payloadSchema>['operations'];

export interface Ran {
  result: Result;
  /** Bytes of the outputs, in their order. */
  outputs: Buffer[];
  progressed: number[];
}

export interface Bench {
  files: FilesUnderTest;
  /** Uploads the content, runs the operations on it, and reads what came out. */
  run(content: Uint8Array, operations: Operations, options?: RunOptions): Promise<Ran>;
  /** Runs a whole payload. */
  runPayload(payload: unknown, options?: RunOptions): Promise<Ran>;
}

export interface RunOptions {
  name?: string;
  keepMetadata?: boolean;
  fetch?: OutboundFetch;
  /** Of each file that the job makes. Default: no limit. */
  outputBytesMax?: number;
}

export async function bench(imagePixelsMax?: number): Promise<Bench> {
  const files = await filesUnderTest(imagePixelsMax);
  const runPayload: Bench['runPayload'] = async (payload, { fetch, outputBytesMax } = {}) => {
    const context = processorContext({ files: files.forAttempt({ outputBytesMax }), fetch });
    const result = resultSchema.parse(await fileProcessing.run(payloadSchema.parse(payload), context));
    return {
      result,
      outputs: await Promise.all(result.outputs.map(files.bytesOf)),
      progressed: context.progressed.map(({ percent }) => percent),
    };
  };
  return {
    files,
    runPayload,
    async run(content, operations, { name = 'photo.jpg', keepMetadata, ...options } = {}) {
      const file: StoredFile = await files.upload(name, content);
      return runPayload(
        { source: { fileId: file.id }, operations, ...(keepMetadata && { keepMetadata }) },
        options,
      );
    },
  };
}

/** The one output of a job that has one. */
export function only<Item>(items: readonly Item[]): Item {
  const [item, ...others] = items;
  if (item === undefined || others.length > 0)
    throw new Error(`${items.length} items where one was expected`);
  return item;
}
