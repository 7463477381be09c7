/** What `import … from 'jobwright'` gives: all that the author of a job type needs. */
export { z } from 'zod';
export type { ErrorCode } from './errors.js';
export { defineJobType, type JobType, type ProcessorContext } from './job-type.js';
export { fileIdSchema, type StoredFile, storedFileSchema } from './stored-file.js';
