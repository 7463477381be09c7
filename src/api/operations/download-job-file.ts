/**
 * `GET /api/jobs/:id/files/:index`: what a job produced, at an address that is known before it is there. The
 * id of the file follows from the job's, so nothing has to be looked up in the result.
 */
import { z } from 'zod';
import { outputFileId } from '../../files/file-ids.js';
import { failure } from '../../models/failure.js';
import type { Operation } from '../operation.js';
import { sendFile } from '../send-file.js';
import { downloadResponses } from './download-file.js';

export const downloadJobFile: Operation = {
  id: 'downloadJobFile',
  method: 'get',
  path: '/api/jobs/:id/files/:index',
  scope: 'read',
  tag: 'Files',
  summary: 'Download a file of a job',
  description:
    'The files of a job in the order in which it made them, from 0. Where a job fetches its source, or has it in its payload, ' +
    'the copy of the source is the first.',
  parameters: [
    {
      name: 'id',
      in: 'path',
      schema: z.string(),
      description: 'The id of the job.',
      example: 'file_processing_01kb4nq5xaewr9m3xj3t1qh8zd',
    },
    {
      name: 'index',
      in: 'path',
      schema: z.int().min(0),
      description: 'Which of its files, from 0.',
    },
  ],
  responses: () => downloadResponses,
  errors: [
    'job_not_found',
    'job_gone',
    'file_not_found',
    'file_not_ready',
    'file_gone',
    'range_not_satisfiable',
    'storage_unavailable',
    'queue_unavailable',
  ],
  handle:
    ({ files, queue }) =>
    async (request, response) => {
      const id = String(request.params.id);
      const index = String(request.params.index);
      const job = await queue.get(id);
      const missing = failure('file_not_found', `The job has no file ${JSON.stringify(index)}.`);
      if (!/^\d{1,6}$/.test(index)) throw missing;
      if (job.status === 'failed' || job.status === 'cancelled')
        throw failure('file_not_found', `The job is ${job.status}; it has no files.`);
      if (job.status !== 'completed')
        throw failure(
          'file_not_ready',
          `The job is ${job.status}; its files are there when it has completed.`,
        );
      await sendFile(files, outputFileId(id, Number(index)), request, response).catch((error: unknown) => {
        throw error instanceof Error && 'code' in error && error.code === 'file_not_found' ? missing : error;
      });
    },
};
