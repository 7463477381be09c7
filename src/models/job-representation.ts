/** A job as clients see it, in an answer of the API and in a callback. */
import type { Job, Problem, ShownJob } from './job.js';
import { type Definitions, problemOf } from './problem.js';

export interface RepresentationParts {
  /** Path prefix under which the API is published. */
  basePath: string;
  definitions: Definitions;
}

/** With links, and the error as a problem. */
type Represented<Shown> = Omit<Shown, 'error'> & Pick<ShownJob, 'links'> & { error?: Problem };

/** Adds what is not stored: links, and the error as a problem. Of a whole job, or of one without what may be large. */
export function representationOf<Shown extends Omit<Job, 'payload' | 'result'>>(
  job: Shown,
  { basePath, definitions }: RepresentationParts,
): Represented<Shown> {
  const self = `${basePath}/api/jobs/${job.id}`;
  const links = {
    self,
    type: `${basePath}/api/types/${job.type}`,
    events: `${self}/events`,
    logs: `${self}/logs`,
  };
  // Most have none, and a plain copy is quicker.
  if (job.error === undefined) return { ...(job as Omit<Shown, 'error'>), links };
  const { error, ...rest } = job;
  return { ...rest, error: problemOf(error, self, definitions, basePath), links };
}
