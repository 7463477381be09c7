/**
 * Sends a file and tells how far it is. By XMLHttpRequest, the one way in which a browser tells that on HTTP/1.1: its
 * fetch streams bodies over HTTP/2 only.
 */
import { JobwrightConnectionError, JobwrightError } from '../../src/client/index.js';
import type { Problem, StoredFile } from './api-types.js';
import { noteLost, noteReached } from './connection.js';
import { basePath } from './routing.js';

interface UploadOptions {
  apiKey: string | undefined;
  signal: AbortSignal;
  /** @param share 0 to 1. */
  onProgress(share: number): void;
}

/** @throws JobwrightError, JobwrightConnectionError, and the reason of the signal */
export function uploadFile(file: File, { apiKey, signal, onProgress }: UploadOptions): Promise<StoredFile> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `${basePath}/api/files?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
    if (apiKey !== undefined) request.setRequestHeader('Authorization', `Bearer ${apiKey}`);
    request.responseType = 'json';
    request.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total);
    request.onerror = () => {
      noteLost();
      reject(new JobwrightConnectionError('The file has not arrived.'));
    };
    request.onload = () => {
      noteReached();
      if (request.status === 201) resolve(request.response as StoredFile);
      else reject(new JobwrightError(problemIn(request)));
    };
    signal.addEventListener('abort', () => {
      request.abort();
      reject(signal.reason);
    });
    request.send(file);
  });
}

/** A proxy in between, with a limit of its own, knows nothing of problems. */
function problemIn({ response, status }: XMLHttpRequest): Problem {
  const problem = response as Problem | null;
  if (typeof problem?.code === 'string') return problem;
  const title = status === 413 ? 'The file is too large' : 'The server has refused the file';
  const detail = `What is in front of the server has answered ${status}.`;
  return { type: 'about:blank', title, status, detail, instance: '', code: 'unreadable_answer' };
}
