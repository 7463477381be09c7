/** A job as clients see it, in an answer of the API and in a callback. */
import type { Job } from './job.js';
import { type Definitions, problemOf } from './problem.js';

export interface RepresentationParts {
  /** Path prefix under which the API is published. */
  basePath: string;
  definitions: Definitions;
}

/** Adds what is not stored: links, and the error as a problem. Of a whole job, or of one without what may be large. */
export function representationOf<Shown extends Omit<Job, 'payload' | 'result'>>(
  job: Shown,
  { basePath, definitions }: RepresentationParts,
) {
  const self = `${basePath}/api/jobs/${job.id}`;
  const { error, ...rest } = job;
  return {
    ...rest,
    ...(error === undefined ? {} : { error: problemOf(error, self, definitions, basePath) }),
    links: {
      self,
      type: `${basePath}/api/types/${job.type}`,
      events: `${self}/events`,
      logs: `${self}/logs`,
    },
  };
}
