/** What the `data` of a Server-Sent Event holds, and what both streams of events say about themselves. */
import { z } from 'zod';
import { eventEndSchema, eventGapSchema, jobEventSchema } from '../../models/job-event.js';
import type { Registry } from '../../workers/registry.js';
import { jobUnion } from '../job-schemas.js';
import type { Content, Parameter } from '../operation.js';

/** Kinds of job events: the names of the Server-Sent Events that tell them. */
export const eventKinds = jobEventSchema.options.map((option) => option.shape.kind.value);

const jobId = 'calculation_01kb4nq5xaewr9m3xj3t1qh8zd';
const what = { jobId, type: 'calculation', at: '2026-11-03T09:30:00.000Z' };

const examples = {
  status: { summary: 'event: status', value: { ...what, kind: 'status', status: 'processing', attempt: 1 } },
  progress: {
    summary: 'event: progress',
    value: { ...what, kind: 'progress', percent: 40, message: 'adding up' },
  },
  log: { summary: 'event: log', value: { ...what, kind: 'log', attempt: 1, message: 'half of it is done' } },
  deleted: { summary: 'event: deleted', value: { ...what, kind: 'deleted' } },
  gap: { summary: 'event: gap', value: { detail: 'Events after the one you know are no longer kept.' } },
};

/** The stream of all jobs. */
export const allEventsContent: Readonly<Record<string, Content>> = {
  'text/event-stream': { schema: z.union([jobEventSchema, eventGapSchema]), io: 'input', examples },
};

/** The stream of one job. */
export const jobEventsContent = (registry: Registry): Readonly<Record<string, Content>> => ({
  'text/event-stream': {
    schema: z.union([jobEventSchema, jobUnion(registry), eventGapSchema, eventEndSchema]),
    io: 'input',
    examples: { ...examples, end: { summary: 'event: end', value: { jobId } } },
  },
});

export const streamHeaders = {
  'X-Accel-Buffering': { description: '`no`: proxies pass each event on at once.' },
};

export const resumptionParameters: readonly Parameter[] = [
  {
    name: 'Last-Event-ID',
    in: 'header',
    schema: z.string(),
    description:
      'The latest `id` that was received: the stream goes on after it. An EventSource sends it by itself.',
    example: '1793698200000-0',
  },
  {
    name: 'lastEventId',
    in: 'query',
    schema: z.string(),
    description: 'The same, for whoever cannot set the header.',
  },
];
