/** `GET /api/files/:id`: the bytes of an upload, or of what a job produced. */
import { fileIdSchema } from '../../models/stored-file.js';
import type { Operation, Response } from '../operation.js';
import { sendFile } from '../send-file.js';

/** Also of the files of a job. */
export const downloadResponses: Readonly<Record<number, Response>> = {
  200: {
    description: 'The file.',
    headers: {
      ETag: { description: 'Changes when the content changes.' },
      'Content-Disposition': { description: 'The name of the file; always as an attachment.' },
      'Repr-Digest': { description: 'SHA-256 of the whole file (RFC 9530).' },
    },
    content: {
      'application/octet-stream': { schema: { jsonSchema: { type: 'string', format: 'binary' } } },
    },
  },
  206: {
    description: 'The part that `Range` asks for.',
    headers: { 'Content-Range': { description: 'Which part it is.' } },
    content: {
      'application/octet-stream': { schema: { jsonSchema: { type: 'string', format: 'binary' } } },
    },
  },
  304: { description: 'The file is as `If-None-Match` says.' },
};

export const downloadFile: Operation = {
  id: 'downloadFile',
  method: 'get',
  path: '/api/files/:id',
  scope: 'read',
  tag: 'Files',
  summary: 'Download a file',
  description:
    'The bytes, with the media type that was found in them. Understands `Range`, `If-Range` and `If-None-Match`.',
  parameters: [
    {
      name: 'id',
      in: 'path',
      schema: fileIdSchema,
      description: 'The id of the file.',
      example: 'file_01kb4nq5xaewr9m3xj3t1qh8zd',
    },
  ],
  responses: () => downloadResponses,
  errors: ['file_not_found', 'file_gone', 'range_not_satisfiable', 'storage_unavailable'],
  handle:
    ({ files }) =>
    (request, response) =>
      sendFile(files, String(request.params.id), request, response),
};
