/** `POST /api/jobs`: checks the payload against its type's contract and puts the job into the queue. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../models/canonical-json.js';
import type { FieldError } from '../../models/failure.js';
import { failure } from '../../models/failure.js';
import { type JobStatus, jobOptionsSchema, jobStatuses } from '../../models/job.js';
import type { JobType } from '../../models/job-type.js';
import { typeId, uuidV7 } from '../../models/type-id.js';
import type { Claim } from '../../queue/idempotency-keys.js';
import type { JobQueue, NewJob } from '../../queue/job-queue.js';
import type { Registry } from '../../workers/registry.js';
import { invalid, parse, tryParse } from '../explain.js';
import { jobEnded } from '../job-ended.js';
import { type JobRequestSchema, jobRequestSchema, jobRequestUnion, posted } from '../job-schemas.js';
import { jsonBody } from '../middleware/json-body.js';
import type { Operation } from '../operation.js';
import { requireCallbacks } from '../require-callbacks.js';

const acceptedSchema = z
  .object({
    message: z.string(),
    jobId: z.string(),
    status: z
      .enum(jobStatuses)
      .describe('`pending`; of a request that had arrived before, what its job is now.'),
    reused: z.literal('idempotency_key').optional().describe('Present when this request had arrived before.'),
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
    'With an `Idempotency-Key` the same request can be sent again without a second job.',
  parameters: [
    {
      name: 'Idempotency-Key',
      in: 'header',
      schema: z.string().min(1).max(255),
      description:
        'The same key and body give the same job, for 24 hours; the same key with another body is refused.',
    },
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
  responses: () => ({
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
    'job_not_found',
    'queue_unavailable',
  ],
  callbacks: () => ({ jobEnded }),
  handle: (services) => {
    const { config, queue, registry, now, random } = services;
    const schemas = new Map(
      posted(registry).map((definition) => [definition.type, jobRequestSchema(definition)]),
    );
    return [
      jsonBody(config),
      async (request, response) => {
        const { type, options = {} } = checked(request.body, schemas);
        requireCallbacks(options.callbackUrl, config);
        const job: NewJob = {
          id: typeId(type, uuidV7(now(), random(10))),
          type,
          // As it came: the worker parses it with the type that it has.
          payload: request.body.payload,
          options,
          policy: jobTypeOf(type, registry).policy,
          requestId: String(response.getHeader('X-Request-Id')),
        };
        const key = request.get('Idempotency-Key');
        const claim = key === undefined ? undefined : await submitOnce(job, key, request.body, queue);
        if (claim === undefined) await queue.submit(job);
        const { id, repeated } = claim ?? { id: job.id, repeated: false };
        response.location(`${config.basePath}/api/jobs/${id}`).set('Retry-After', '1');
        if (repeated) response.set('Idempotency-Replayed', 'true');
        response.status(202).json({
          message: repeated ? 'This request was accepted before' : 'Job accepted',
          jobId: id,
          status: repeated ? await statusOf(id, queue) : 'pending',
          ...(repeated ? { reused: 'idempotency_key' } : {}),
        });
      },
    ];
  },
};

function checked(body: unknown, schemas: ReadonlyMap<string, JobRequestSchema>): z.output<JobRequestSchema> {
  const type = typeof body === 'object' && body !== null && 'type' in body ? body.type : undefined;
  const schema = typeof type === 'string' ? schemas.get(type) : undefined;
  if (schema !== undefined) return parse(schema, body);
  throw invalid(mistakesBesideType(body, [...schemas.keys()]));
}

/** Without a known type the payload cannot be checked; the rest can, and all mistakes are told at once. */
function mistakesBesideType(body: unknown, types: string[]): FieldError[] {
  const envelope = z.strictObject({
    type: z.enum(types),
    payload: z.record(z.string(), z.unknown()),
    options: jobOptionsSchema.optional(),
  });
  const parsed = tryParse(envelope, body);
  const mistakes = 'mistakes' in parsed ? parsed.mistakes : [];
  return mistakes.map((mistake) =>
    mistake.pointer === '/type' && mistake.code !== 'missing'
      ? { ...mistake, code: 'unknown_type' }
      : mistake,
  );
}

function jobTypeOf(type: string, registry: Registry): JobType {
  const registered = registry.get(type);
  if (registered === undefined) throw new Error(`type ${type} was checked and is not registered`);
  return registered.definition;
}

async function submitOnce(job: NewJob, key: string, body: unknown, queue: JobQueue): Promise<Claim> {
  if (key.length < 1 || key.length > 255)
    throw invalid([
      { pointer: 'Idempotency-Key', code: 'invalid_value', message: 'expected 1 to 255 characters' },
    ]);
  const digest = (text: string) => createHash('sha256').update(text).digest('base64url');
  const claim = await queue.submitOnce(job, { key: digest(key), fingerprint: digest(canonicalJson(body)) });
  if (claim !== undefined) return claim;
  throw failure(
    'idempotency_key_reused',
    'This Idempotency-Key came earlier with another body; use a new key for a new request.',
  );
}

async function statusOf(id: string, queue: JobQueue): Promise<JobStatus> {
  const job = await queue.find(id);
  if (job !== undefined) return job.status;
  throw failure(
    'job_not_found',
    `This request was accepted before, as ${id}; the job has been removed since.`,
  );
}
