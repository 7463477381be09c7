import type { JobStatus } from './api-types.js';

/** In the order in which a job can go through them. */
export const jobStatuses: readonly JobStatus[] = [
  'pending',
  'scheduled',
  'blocked',
  'processing',
  'retrying',
  'completed',
  'failed',
  'cancelled',
];

export const isFinal = (status: JobStatus) => ['completed', 'failed', 'cancelled'].includes(status);
