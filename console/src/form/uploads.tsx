/** The files that this page has sent, so that a form shows what is behind an id, and the one that waits to be sent. */
import { createContext, use } from 'react';
import type { StoredFile } from '../api-types.js';

export interface Uploads {
  uploads: ReadonlyMap<string, { file: StoredFile; source: Blob }>;
  noteUpload(file: StoredFile, source: Blob): void;
  /** One that came with the reader; the first field for a file sends it. */
  first: File | undefined;
  takeFirst(): void;
}

export const UploadsContext = createContext<Uploads>({
  uploads: new Map(),
  noteUpload: () => {},
  first: undefined,
  takeFirst: () => {},
});

export const useUploads = () => use(UploadsContext);
