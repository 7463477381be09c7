import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { LocalFileStore } from '../../src/files/local-file-store.js';
import { openFileStore } from '../../src/files/open-file-store.js';
import { S3FileStore } from '../../src/files/s3-file-store.js';

describe('openFileStore', () => {
  it.each([
    [undefined, LocalFileStore],
    ['file:///srv/files', LocalFileStore],
    ['s3://bucket', S3FileStore],
  ])('opens what FILES_URL=%s names, and connects to nothing', (url, store) => {
    expect(openFileStore(loadConfig({}, { FILES_URL: url }))).toBeInstanceOf(store);
  });

  it.each(['FILES_ACCESS_KEY_ID', 'FILES_SECRET_ACCESS_KEY'])(
    'refuses %s alone, and does not repeat it',
    (name) => {
      const open = () => openFileStore(loadConfig({}, { FILES_URL: 's3://bucket', [name]: 'hush' }));
      expect(open).toThrow('FILES_ACCESS_KEY_ID, FILES_SECRET_ACCESS_KEY: expected both or none');
      expect(open).not.toThrow('hush');
    },
  );
});
