/** `POST /api/files`: streams a file into the store, which looks at it before it is there. */
import { z } from 'zod';
import { newFileId } from '../../files/file-ids.js';
import { failure, isFailure } from '../../models/failure.js';
import { storedFileSchema } from '../../models/stored-file.js';
import { principalOf } from '../access/principal.js';
import { discardBody } from '../discard-body.js';
import { parse } from '../explain.js';
import type { Operation } from '../operation.js';
import { type UploadAllowance, uploadAllowance } from '../upload-allowance.js';
import { uploadedFile } from '../upload-body.js';

/** What a form has around its file, in bytes; larger forms are found out while they are read. */
const formBytesMax = 1_048_576;

const nameSchema = z.string().max(1_000);

export const uploadFile: Operation = {
  id: 'uploadFile',
  method: 'post',
  path: '/api/files',
  scope: 'submit',
  tag: 'Files',
  summary: 'Upload a file',
  description:
    'Takes one file, as a form (`multipart/form-data`) or as the raw body with any other media type. What it is is found ' +
    'by looking at its content; SVG, what only claims to be an image, and images with too many pixels are refused.',
  parameters: [
    {
      name: 'name',
      in: 'query',
      schema: nameSchema,
      description: 'The name of the file, where the form or `Content-Disposition` does not tell it.',
      example: 'photo.jpg',
    },
  ],
  body: () => ({
    'multipart/form-data': {
      schema: {
        jsonSchema: {
          type: 'object',
          required: ['file'],
          properties: { file: { type: 'string', format: 'binary', description: 'The file.' } },
        },
      },
    },
    'application/octet-stream': { schema: { jsonSchema: { type: 'string', format: 'binary' } } },
  }),
  responses: () => ({
    201: {
      description: 'The file is in the store.',
      headers: { Location: { description: 'Where to download it.' } },
      content: { 'application/json': { schema: storedFileSchema } },
    },
  }),
  errors: [
    'validation_failed',
    'invalid_upload',
    'unsupported_media_type',
    'empty_file',
    'file_too_large',
    'image_too_large',
    'svg_not_accepted',
    'content_mismatch',
    'storage_full',
    'storage_unavailable',
    'quota_exceeded',
    'queue_unavailable',
  ],
  handle: (services) => {
    const { config, files, log, now, random } = services;
    return async (request, response) => {
      let stored = 0;
      let allowance: UploadAllowance | undefined;
      try {
        if (Number(request.get('Content-Length')) > config.uploadBytesMax + formBytesMax)
          throw failure(
            'file_too_large',
            `The file is larger than the limit of ${config.uploadBytesMax} bytes.`,
          );
        const otherwiseName = parse(nameSchema.default('file'), request.query.name, '/name');
        allowance = await uploadAllowance(services, request);
        const { name, mediaType, content } = await uploadedFile(request, otherwiseName);
        const file = await files.write({
          id: newFileId(now(), random(10)),
          name,
          declaredMediaType: mediaType,
          content,
          tenant: principalOf(request).tenant,
          bytesMax: allowance.bytesMax,
        });
        stored = file.size;
        log.info(
          { requestId: response.getHeader('X-Request-Id'), fileId: file.id, bytes: file.size },
          'file stored',
        );
        response.status(201).location(file.downloadUrl).json(file);
      } catch (error) {
        discardBody(request);
        const isTooLarge = isFailure(error) && error.code === 'file_too_large';
        throw isTooLarge && allowance !== undefined ? allowance.tooLarge(error) : error;
      } finally {
        await allowance?.settle(stored);
      }
    };
  },
};
