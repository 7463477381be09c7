/** `POST /api/jobs`: checks the payload against its type's contract and puts the job into the queue. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../models/canonical-json.js';
import { failure } from '../../models/failure.js';
import { type JobStatus, jobStatuses } from '../../models/job.js';
import { delayOf } from '../../queue/add-jobs.js';
import type { JobQueue, NewJob, Reused, Submitted } from '../../queue/job-queue.js';
import { clientOf } from '../client.js';
import { invalid } from '../explain.js';
import { jobEnded } from '../job-ended.js';
import { jobRequestUnion, jobUnion, posted } from '../job-schemas.js';
import { jsonBody } from '../middleware/json-body.js';
import type { Operation } from '../operation.js';
import { jobPlanner, type PlannedJob } from '../plan-job.js';
import { preferParameter } from '../prefer.js';
import { waitAsPreferred } from '../wait-for-end.js';
import { representationOf } from './get-job.js';

const acceptedSchema = z
  .object({
    message: z.string(),
    jobId: z.string(),
    status: z
      .enum(jobStatuses)
      .describe('`pending`, `scheduled` or `blocked`; of a job that is not new, what it is now.'),
    reused: z
      .enum(['idempotency_key', 'joined', 'cached'])
      .optional()
      .describe(
        'Why no job was made: this request had arrived before, or the same work is under way, or done. Absent where one was.',
      ),
  })
  .meta({ id: 'JobAccepted', description: 'The queue has the job.' });

export const createJob: Operation = {
  id: 'createJob',
  method: 'post',
  path: '/api/jobs',
  tag: 'Jobs',
  summary: 'Submit a job',
  description:
    'Checks the payload against the contract of its type and puts the job into the queue. A 202 means that the queue has it. ' +
    'With an `Idempotency-Key` the same request can be sent again without a second job; with `Prefer: wait` the answer is the ' +
    'finished job where it finishes in time.',
  parameters: [
    {
      name: 'Idempotency-Key',
      in: 'header',
      schema: z.string().min(1).max(255),
      description:
        'The same key and body give the same job, for 24 hours; the same key with another body is refused.',
    },
    {
      name: 'Cache-Control',
      in: 'header',
      schema: z.string(),
      description: '`no-cache`: run the job, even if the same work is done or under way.',
    },
    preferParameter,
  ],
  body: (registry) => ({
    'application/json': {
      schema: jobRequestUnion(registry),
      examples: Object.fromEntries(
        posted(registry).map(({ type, examples }) => [
          type,
          { summary: `${type}: ${examples[0]?.summary}`, value: { type, payload: examples[0]?.payload } },
        ]),
      ),
    },
  }),
  responses: (registry) => ({
    200: {
      description: 'The job, which has finished within the time that `Prefer: wait` gives it.',
      headers: {
        Location: { description: 'The job.' },
        'Preference-Applied': { description: 'How long was waited at the most.' },
      },
      content: { 'application/json': { schema: jobUnion(registry), io: 'input' } },
    },
    202: {
      description: 'The queue has the job.',
      headers: {
        Location: { description: 'The job.' },
        'Retry-After': {
          description: 'Seconds after which a look at the job is worth it.',
          schema: { type: 'integer' },
        },
        'Idempotency-Replayed': { description: '`true` when this request had arrived before.' },
      },
      content: { 'application/json': { schema: acceptedSchema } },
    },
  }),
  errors: [
    'invalid_json',
    'invalid_encoding',
    'invalid_body',
    'payload_too_large',
    'request_timeout',
    'unsupported_media_type',
    'json_too_deep',
    'validation_failed',
    'idempotency_key_reused',
    'callbacks_not_configured',
    'job_gone',
    'queue_unavailable',
  ],
  callbacks: () => ({ jobEnded }),
  handle: (services) => {
    const { config, queue, outlook, now } = services;
    const planJob = jobPlanner(services);
    return [
      jsonBody(config),
      async (request, response) => {
        const client = clientOf(request);
        const requestId = String(response.getHeader('X-Request-Id'));
        const noCache = /(^|,)\s*no-cache\s*(,|$)/i.test(request.get('Cache-Control') ?? '');
        const planned = await planJob(request.body, { client, requestId, noCache });
        const key = request.get('Idempotency-Key');
        const { id, reused } =
          key === undefined
            ? await submit(planned, queue)
            : await submitOnce(planned, { client, key, body: request.body }, queue);
        response
          .location(`${config.basePath}/api/jobs/${id}`)
          .set('Retry-After', String(outlook.retryAfterSeconds(expectationOf(planned.job, now()))));
        if (reused === 'idempotency_key') response.set('Idempotency-Replayed', 'true');
        const finished = await waitAsPreferred(services, request, response, id);
        if (finished !== undefined) {
          response.removeHeader('Retry-After');
          return void response.json(representationOf(finished, services));
        }
        response.status(202).json({
          message: reused === undefined ? 'Job accepted' : reuseMessages[reused],
          jobId: id,
          status: reused === undefined ? statusOfNew(planned.job) : await statusOf(id, queue),
          ...(reused === undefined ? {} : { reused }),
        });
      },
    ];
  },
};

const reuseMessages: Record<Reused, string> = {
  idempotency_key: 'This request was accepted before',
  joined: 'The same work is under way',
  cached: 'The same work is done',
};

async function submit({ job, work }: PlannedJob, queue: JobQueue): Promise<Submitted> {
  if (work !== undefined) return queue.submitShared(job, work);
  await queue.submit(job);
  return { id: job.id };
}

async function submitOnce(
  { job, work }: PlannedJob,
  { client, key, body }: { client: string; key: string; body: unknown },
  queue: JobQueue,
): Promise<Submitted> {
  if (key.length < 1 || key.length > 255)
    throw invalid([
      { pointer: 'Idempotency-Key', code: 'invalid_value', message: 'expected 1 to 255 characters' },
    ]);
  const digest = (text: string) => createHash('sha256').update(text).digest('base64url');
  const request = { key: digest(`${client} ${key}`), fingerprint: digest(canonicalJson(body)) };
  const submitted = await queue.submitOnce(job, request, work);
  if (submitted !== undefined) return submitted;
  throw failure(
    'idempotency_key_reused',
    'This Idempotency-Key came earlier with another body; use a new key for a new request.',
  );
}

const expectationOf = ({ type, version = 1, options }: NewJob, nowMs: number) => ({
  type,
  version,
  dueMs: delayOf(options, nowMs),
});

/** What it is as long as nobody has taken it. */
function statusOfNew({ options, children = [] }: NewJob): JobStatus {
  if (children.length > 0) return 'blocked';
  return options.delayMs !== undefined || options.runAt !== undefined ? 'scheduled' : 'pending';
}

async function statusOf(id: string, queue: JobQueue): Promise<JobStatus> {
  const job = await queue.find(id);
  if (job !== undefined) return job.status;
  throw failure('job_gone', `This request was accepted before, as ${id}; the job has been removed since.`);
}
