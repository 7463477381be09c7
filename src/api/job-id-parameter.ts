import { z } from 'zod';
import type { Parameter } from './operation.js';

/** The job that a path names. */
export const jobIdParameter: Parameter = {
  name: 'id',
  in: 'path',
  schema: z.string(),
  description: 'The id of the job.',
  example: 'calculation_01kb4nq5xaewr9m3xj3t1qh8zd',
};
