/** What `import … from 'jobwright/client'` gives. */
export type { BatchItem } from './batch.js';
export { type AllEventsOptions, JobwrightClient } from './client.js';
export { JobwrightConnectionError, JobwrightError, JobwrightTimeoutError } from './errors.js';
export type { EventsOptions, JobStreamEvent, StreamEvent } from './events.js';
export type { DownloadOptions } from './files.js';
export type { AnyTypes, JobOf, JobRequest } from './job-types.js';
export type { FailuresOptions, JobFilter, JobPage, LogsOptions, SubmitOptions } from './jobs.js';
export type { SchedulePage, ScheduleRequest } from './schedules.js';
export type { HistoryOptions } from './service.js';
export type { CallOptions, ClientOptions } from './transport.js';
export type { Progress, UploadContent, UploadOptions } from './upload.js';
export type { WaitOptions } from './wait.js';
