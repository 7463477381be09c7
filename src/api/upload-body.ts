/**
 * The one file of an upload as a stream, out of a multipart form or a raw body. The stream ends well only when
 * the whole request is right: a second file, or a client that goes away, is an error at its end, so whoever
 * stores it keeps nothing.
 *
 * The stream is never the request itself. Whoever stops reading it early leaves the connection alone, and the
 * client can still be answered.
 */
import { PassThrough, type Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import contentDisposition from 'content-disposition';
import type { Request } from 'express';
import { failure } from '../models/failure.js';

export interface UploadedFile {
  name: string;
  /** As the client says. */
  mediaType?: string;
  content: Readable;
}

/** What a form may hold beside its file. */
const formLimits = { fields: 100, parts: 101, fieldNameSize: 100, fieldSize: 65_536, headerPairs: 100 };

/**
 * @param otherwiseName The name where neither the form nor `Content-Disposition` tells one.
 * @throws Failure `invalid_upload`, `invalid_request`, `unsupported_media_type`
 */
export async function uploadedFile(request: Request, otherwiseName: string): Promise<UploadedFile> {
  const encoding = request.get('Content-Encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity')
    throw failure(
      'unsupported_media_type',
      `An upload has no Content-Encoding; this one has ${JSON.stringify(encoding)}.`,
      { headers: { 'Accept-Encoding': 'identity' } },
    );
  const mediaType = request.get('Content-Type') ?? '';
  // Stored as it comes, the envelope would be taken for the file.
  if (/^\s*multipart\/(?!form-data)/i.test(mediaType))
    throw failure(
      'unsupported_media_type',
      'Send the file as multipart/form-data (`curl -F file=@name`), or its bytes alone with their own media type.',
      { headers: { 'Accept-Post': 'multipart/form-data, */*' } },
    );
  const isForm = /^\s*multipart\/form-data\s*(;|$)/i.test(mediaType);
  const { name, ...file } = isForm ? await fileOfForm(request) : rawFile(request);
  return { ...file, name: name === undefined || name === '' ? otherwiseName : name };
}

type NamedOrNot = Omit<UploadedFile, 'name'> & { name: string | undefined };

function rawFile(request: Request): NamedOrNot {
  const content = new PassThrough();
  endWithClient(request, content);
  request.pipe(content);
  return { name: nameFromHeader(request), mediaType: request.get('Content-Type'), content };
}

function nameFromHeader(request: Request): string | undefined {
  const header = request.get('Content-Disposition');
  if (header === undefined) return undefined;
  try {
    return contentDisposition.parse(header).parameters.filename;
  } catch (cause) {
    throw failure('invalid_request', 'The Content-Disposition header is malformed.', { cause });
  }
}

/** Resolves at the first file; what comes behind it decides how its content ends. */
function fileOfForm(request: Request): Promise<NamedOrNot> {
  return new Promise((resolve, reject) => {
    const form = openForm(request);
    const content = new PassThrough();
    let found = false;
    const refuse = (error: Error) => {
      request.unpipe(form);
      content.destroy(error);
      reject(error);
    };
    // Before anybody reads it, or when nobody will.
    content.on('error', () => {});
    // Nobody reads on; what is left of the request is for whoever answers it.
    content.once('close', () => request.unpipe(form));
    endWithClient(request, content);
    endWithClient(request, { destroy: reject });
    form.on('error', (cause: unknown) => refuse(malformed(cause)));
    form.on('partsLimit', () =>
      refuse(failure('invalid_upload', `A form may have ${formLimits.parts} parts.`)),
    );
    form.on('fieldsLimit', () =>
      refuse(failure('invalid_upload', `A form may have ${formLimits.fields} fields.`)),
    );
    form.on('file', (_field, stream, name: string | undefined, _encoding, mediaType) => {
      // The form has the same error.
      stream.on('error', () => {});
      if (found) {
        stream.resume();
        return refuse(failure('invalid_upload', 'The form holds more than one file; send one at a time.'));
      }
      found = true;
      stream.pipe(content, { end: false });
      resolve({ name, mediaType, content });
    });
    form.on('finish', () => {
      if (found) content.end();
      else refuse(failure('invalid_upload', 'The form holds no file: a part needs a `filename`.'));
    });
    request.pipe(form);
  });
}

function openForm(request: Request): BusboyInstance {
  try {
    return new Busboy({
      headers: { ...request.headers, 'content-type': request.get('Content-Type') ?? '' },
      limits: formLimits,
      // The store cleans names itself.
      preservePath: true,
    });
  } catch (cause) {
    throw malformed(cause);
  }
}

const malformed = (cause: unknown) =>
  failure(
    'invalid_upload',
    'The multipart body is malformed: its boundary is missing, or it ends too early.',
    {
      cause,
    },
  );

function endWithClient(request: Request, content: { destroy(error: Error): unknown }): void {
  // An aborted request is an error event, too, which would end the process.
  request.on('error', () => {});
  request.once('close', () => {
    if (!request.complete)
      content.destroy(failure('invalid_request', 'The client went away before the upload was complete.'));
  });
}
