/** The file store that the configuration names. */
import path from 'node:path';
import type { Config } from '../config.js';
import type { FileStore } from './file-store.js';
import { LocalFileStore } from './local-file-store.js';

export function openFileStore(config: Config): FileStore {
  return new LocalFileStore({
    folder: path.join(config.dataDir, 'files'),
    retentionMs: config.fileRetentionMs,
    imagePixelsMax: config.imagePixelsMax,
    basePath: config.basePath,
    now: Date.now,
  });
}
