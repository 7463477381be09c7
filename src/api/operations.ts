/** Every operation of the API, in the order of the documentation. */
import type { Operation } from './operation.js';
import { cancelJob, promoteJob, retryJob, updateJob } from './operations/change-job.js';
import { createJob } from './operations/create-job.js';
import { deleteJob } from './operations/delete-job.js';
import { downloadFile } from './operations/download-file.js';
import { downloadJobFile } from './operations/download-job-file.js';
import { getError } from './operations/get-error.js';
import { getJob } from './operations/get-job.js';
import { getJobTree } from './operations/get-job-tree.js';
import { listAttempts } from './operations/list-attempts.js';
import { listJobs } from './operations/list-jobs.js';
import { getType, listTypes } from './operations/list-types.js';
import { health, livez, readyz } from './operations/probes.js';
import { uploadFile } from './operations/upload-file.js';

export const operations: readonly Operation[] = [
  createJob,
  listJobs,
  getJob,
  updateJob,
  deleteJob,
  cancelJob,
  retryJob,
  promoteJob,
  listAttempts,
  getJobTree,
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
