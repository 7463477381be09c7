/** Every operation of the API, in the order of the documentation. */
import type { Operation } from './operation.js';
import { getEvents } from './operations/all-events.js';
import { bulk } from './operations/bulk.js';
import { deliverCallback, listCallbacks } from './operations/callbacks.js';
import { cancelJob, promoteJob, retryJob, updateJob } from './operations/change-job.js';
import { changeSchedule, deleteSchedule } from './operations/change-schedule.js';
import { createJob } from './operations/create-job.js';
import { createJobs } from './operations/create-jobs.js';
import { createSchedule } from './operations/create-schedule.js';
import { deleteJob } from './operations/delete-job.js';
import { downloadFile } from './operations/download-file.js';
import { downloadJobFile } from './operations/download-job-file.js';
import { getError } from './operations/get-error.js';
import { getHistory } from './operations/get-history.js';
import { getJob } from './operations/get-job.js';
import { getJobTree } from './operations/get-job-tree.js';
import { getMe } from './operations/get-me.js';
import { getMetrics } from './operations/get-metrics.js';
import { getSchedule } from './operations/get-schedule.js';
import { getStats } from './operations/get-stats.js';
import { getJobEvents } from './operations/job-events.js';
import { getJobLogs } from './operations/job-logs.js';
import { listAttempts } from './operations/list-attempts.js';
import { listFailures } from './operations/list-failures.js';
import { listJobs } from './operations/list-jobs.js';
import { listSchedules } from './operations/list-schedules.js';
import { getType, listTypes } from './operations/list-types.js';
import { listWorkers } from './operations/list-workers.js';
import { pauseType, resumeType } from './operations/pause-type.js';
import { health, livez, readyz } from './operations/probes.js';
import { runSchedule } from './operations/run-schedule.js';
import { uploadFile } from './operations/upload-file.js';
import { whyJob } from './operations/why-job.js';

export const operations: readonly Operation[] = [
  createJob,
  createJobs,
  bulk,
  listJobs,
  listFailures,
  getJob,
  updateJob,
  deleteJob,
  cancelJob,
  retryJob,
  promoteJob,
  listAttempts,
  getJobTree,
  getJobEvents,
  getJobLogs,
  getEvents,
  listCallbacks,
  deliverCallback,
  whyJob,
  downloadJobFile,
  createSchedule,
  listSchedules,
  getSchedule,
  changeSchedule,
  deleteSchedule,
  runSchedule,
  uploadFile,
  downloadFile,
  listTypes,
  getType,
  pauseType,
  resumeType,
  getError,
  getMe,
  listWorkers,
  getStats,
  getHistory,
  livez,
  readyz,
  health,
  getMetrics,
];
