/** The shapes that the API answers with, by the names under which the console knows them. */
import type { TypeContract } from '../../src/models/type-contract.js';
import type { Schema } from './form/schema.js';

export type { Scope } from '../../src/models/access.js';
export type { BulkAction } from '../../src/models/bulk.js';
export type { FailedAttempt } from '../../src/models/failed-attempt.js';
export type { History, HistoryMinute } from '../../src/models/history.js';
export type { JobOptions, JobPriority, JobStatus, Problem, ShownJob as Job } from '../../src/models/job.js';
export type { JobSummary } from '../../src/models/job-list.js';
export type { LogLine } from '../../src/models/job-logs.js';
export type { JobTree, JobTreeNode } from '../../src/models/job-tree.js';
export type { Me } from '../../src/models/me.js';
export type { Stats } from '../../src/models/stats.js';
export type { StoredFile } from '../../src/models/stored-file.js';
export type { Why } from '../../src/models/why.js';

/** A contract whose schemas are read as forms read them. */
export type JobTypeContract = Omit<TypeContract, 'payloadSchema' | 'resultSchema'> & {
  payloadSchema: Schema;
  resultSchema: Schema;
};
