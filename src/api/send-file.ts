/** Answers with a stored file: conditional requests (RFC 9110, 13), one range (14), and HEAD. */
import { pipeline } from 'node:stream/promises';
import contentDisposition from 'content-disposition';
import type { Request, Response } from 'express';
import type { ByteRange, FileStore } from '../files/file-store.js';
import { failure } from '../models/failure.js';
import type { StoredFile } from '../models/stored-file.js';
import { principalOf } from './access/principal.js';

/** @throws Failure `file_not_found`, `file_gone`, `range_not_satisfiable` */
export async function sendFile(
  files: FileStore,
  id: string,
  request: Request,
  response: Response,
): Promise<void> {
  const { sees } = principalOf(request);
  const known = await files.stat(id, sees);
  const validators = validatorsOf(known);
  response.set(validators);
  if (request.fresh) return void response.status(304).end();
  // Until the answer is certain: they are the file's, and not those of a problem.
  for (const name of Object.keys(validators)) response.removeHeader(name);
  if (request.method === 'HEAD') return void response.set(headersOf(known, undefined)).end();
  let range: ByteRange | undefined;
  // A job that is repeated may have overwritten it by now: all that is answered is of what was opened.
  const { file, stream } = await files.open(
    id,
    (opened) => {
      range = rangeOf(request, opened);
      return range;
    },
    sees,
  );
  response.set(headersOf(file, range));
  if (range !== undefined)
    response.status(206).set('Content-Range', `bytes ${range.start}-${range.end}/${file.size}`);
  await pipeline(stream, response).catch((error: unknown) => {
    // A client that has seen enough is no error.
    if (!hasGoneAway(error)) throw error;
  });
}

const validatorsOf = (file: StoredFile) => ({
  ETag: etagOf(file),
  'Last-Modified': new Date(file.createdAt).toUTCString(),
  // A job that is repeated overwrites its files.
  'Cache-Control': 'private, no-cache',
});

function headersOf(file: StoredFile, range: ByteRange | undefined) {
  return {
    ...validatorsOf(file),
    // Never shown by a browser as a page of ours, whatever it is.
    'Content-Disposition': contentDisposition(file.name, { type: 'attachment' }),
    'Content-Type': file.mediaType.startsWith('text/') ? `${file.mediaType}; charset=utf-8` : file.mediaType,
    'X-Content-Type-Options': 'nosniff',
    // A browser that shows it all the same shows it as nobody's page: no script, no origin, nothing loaded.
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Content-Length': String(range === undefined ? file.size : range.end - range.start + 1),
    'Accept-Ranges': 'bytes',
    'Repr-Digest': `sha-256=:${Buffer.from(file.sha256, 'hex').toString('base64')}:`,
  };
}

const etagOf = ({ sha256 }: StoredFile) => `"${sha256}"`;

const hasGoneAway = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';

/** Undefined where the whole file is the answer: no range, one of another form, several, or a stale one. */
function rangeOf(request: Request, file: StoredFile): ByteRange | undefined {
  const ifRange = request.get('If-Range');
  // A date never matches: it is only as fine as a second, and a file may be overwritten within one.
  if (ifRange !== undefined && ifRange !== etagOf(file)) return undefined;
  const [, first = '', last = ''] = /^bytes=\s*(\d*)-(\d*)\s*$/.exec(request.get('Range') ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, file.size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? file.size - 1 : Math.min(file.size - 1, Number(last));
  if (first !== '' && last !== '' && Number(last) < start) return undefined;
  if (start >= file.size)
    throw failure('range_not_satisfiable', `The file has ${file.size} bytes; the range lies outside.`, {
      headers: { 'Content-Range': `bytes */${file.size}` },
    });
  return { start, end };
}
