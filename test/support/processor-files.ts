/** A processor's files over a real store, for tests of processors that make some. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { newFileId, outputFileId } from '../../src/files/file-ids.js';
import { LocalFileStore } from '../../src/files/local-file-store.js';
import type { ProcessorFiles } from '../../src/models/job-type.js';
import type { StoredFile } from '../../src/models/stored-file.js';

export interface FilesUnderTest {
  store: LocalFileStore;
  /** As one attempt of one job has them: its first file has the index 0. */
  forAttempt(attempt?: { jobId?: string; outputBytesMax?: number }): ProcessorFiles;
  /** Puts a file there as a client would. */
  upload(name: string, content: Uint8Array): Promise<StoredFile>;
  bytesOf(file: { id: string }): Promise<Buffer>;
  remove(): Promise<void>;
}

export async function filesUnderTest(imagePixelsMax = 50_000_000): Promise<FilesUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'jobwright-processor-'));
  const store = new LocalFileStore({ folder, retentionMs: 3_600_000, imagePixelsMax });
  let uploads = 0;
  return {
    store,
    forAttempt({ jobId = 'test_00000000000000000000000000', outputBytesMax: bytesMax } = {}) {
      let created = 0;
      return {
        imagePixelsMax,
        open: (id) => store.open(id),
        stat: (id) => store.stat(id),
        create: (name, content) =>
          store.write({ id: outputFileId(jobId, created++), name, content, bytesMax }),
      };
    },
    upload: (name, content) =>
      store.write({ id: newFileId(0, Buffer.alloc(10, `upload ${uploads++}`)), name, content }),
    bytesOf: async ({ id }) => buffer((await store.open(id)).stream),
    remove: () => rm(folder, { recursive: true }),
  };
}
