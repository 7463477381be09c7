/** Every operation of the API, in the order of the documentation. */
import type { Operation } from './operation.js';
import { getEvents } from './operations/all-events.js';
import { createJob } from './operations/create-job.js';
import { downloadFile } from './operations/download-file.js';
import { downloadJobFile } from './operations/download-job-file.js';
import { getError } from './operations/get-error.js';
import { getJob } from './operations/get-job.js';
import { getJobEvents } from './operations/job-events.js';
import { getJobLogs } from './operations/job-logs.js';
import { getType, listTypes } from './operations/list-types.js';
import { health, livez, readyz } from './operations/probes.js';
import { uploadFile } from './operations/upload-file.js';

export const operations: readonly Operation[] = [
  createJob,
  getJob,
  getJobEvents,
  getJobLogs,
  getEvents,
  downloadJobFile,
  uploadFile,
  downloadFile,
  listTypes,
  getType,
  getError,
  livez,
  readyz,
  health,
];
