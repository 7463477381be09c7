/** Every operation of the API, in the order of the documentation. */
import type { Operation } from './operation.js';
import { createJob } from './operations/create-job.js';
import { getError } from './operations/get-error.js';
import { getJob } from './operations/get-job.js';
import { getType, listTypes } from './operations/list-types.js';
import { getHealth, livez, readyz } from './operations/probes.js';

export const operations: readonly Operation[] = [
  createJob,
  getJob,
  listTypes,
  getType,
  getError,
  livez,
  readyz,
  getHealth,
];
