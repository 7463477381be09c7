/** The file store that the configuration names. */
import path from 'node:path';
import { type Config, ConfigError } from '../config.js';
import type { FileStore } from './file-store.js';
import { LocalFileStore } from './local-file-store.js';
import { S3Bucket } from './s3-bucket.js';
import { S3FileStore } from './s3-file-store.js';

/** Nothing is connected to before it is needed. @throws ConfigError for half a pair of credentials */
export function openFileStore(config: Config): FileStore {
  const { filesUrl, dataDir, basePath, imagePixelsMax, fileRetentionMs: retentionMs } = config;
  const common = { retentionMs, imagePixelsMax, basePath, now: Date.now };
  const credentials = credentialsOf(config);
  if (filesUrl?.kind !== 's3')
    return new LocalFileStore({ ...common, folder: filesUrl?.folder ?? path.join(dataDir, 'files') });
  return new S3FileStore({
    ...common,
    bucket: new S3Bucket({ location: filesUrl, ...(credentials !== undefined && { credentials }) }),
    spoolFolder: path.join(dataDir, 'spool'),
  });
}

function credentialsOf({ filesAccessKeyId: accessKeyId, filesSecretAccessKey: secretAccessKey }: Config) {
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new ConfigError(
      'FILES_ACCESS_KEY_ID, FILES_SECRET_ACCESS_KEY: expected both or none, got one of them',
    );
  return { accessKeyId, secretAccessKey };
}
