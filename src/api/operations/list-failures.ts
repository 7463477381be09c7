/** `GET /api/failures`: failed jobs by type and error code. */
import { z } from 'zod';
import { errors } from '../../models/errors.js';
import { type FailureList, failureListSchema } from '../../models/failures.js';
import type { JobType } from '../../models/job-type.js';
import { type Failures, failuresBy } from '../../queue/lists/failures.js';
import type { Registry } from '../../workers/registry.js';
import { principalOf, requireType } from '../access/principal.js';
import type { Operation, Services } from '../operation.js';
import { errorDefinitionOf } from '../problem.js';
import { parseQuery } from '../query.js';

export const listFailures: Operation = {
  id: 'listFailures',
  method: 'get',
  path: '/api/failures',
  scope: 'read',
  tag: 'Jobs',
  summary: 'List failed jobs by type and error code',
  description:
    'How many there are of each kind among the jobs that are kept, when the latest failed, and what its error says. `GET ' +
    '/api/jobs?type=…&error=…` lists them; `POST /api/bulk` retries or deletes them all.',
  parameters: [
    {
      name: 'type',
      in: 'query',
      schema: z.string(),
      description: 'Jobs of this type. Default: of all types, the internal ones included.',
      example: 'file_processing',
    },
  ],
  responses: () => ({
    200: {
      description: 'The kinds of failures.',
      content: {
        'application/json': {
          schema: failureListSchema,
          examples: { one: { summary: 'One kind of failure', value: example } },
        },
      },
    },
    304: { description: 'The list is as `If-None-Match` says.' },
  }),
  errors: ['validation_failed', 'queue_unavailable'],
  handle: (services) => {
    const { queue, registry } = services;
    const schema = querySchema(registry);
    const all = [...registry.values()].flatMap(({ definition }) => kindsOf(definition));
    return async (request, response) => {
      const { type: asked } = parseQuery(schema, request);
      const { sees, types: own } = principalOf(request);
      if (asked !== undefined) requireType(principalOf(request), asked);
      const kinds = all.filter(
        ({ type }) => (asked === undefined || type === asked) && (own?.has(type) ?? true),
      );
      const found = await failuresBy(queue.access, kinds, sees);
      const failures = found.map((each) => shown(each, services));
      failures.sort((a, b) => (a.lastAt < b.lastAt ? 1 : a.lastAt > b.lastAt ? -1 : 0));
      response.set('Cache-Control', 'no-cache').json({ failures } satisfies FailureList);
    };
  },
};

/** What jobs of a type can fail with. A cancelled job has not failed. */
const kindsOf = ({ type, errors: own }: JobType) =>
  [...Object.keys(errors), ...Object.keys(own)]
    .filter((code) => code !== 'cancelled')
    .map((code) => ({ type, code }));

function shown({ type, code, count, latest }: Failures, { registry, config: { basePath } }: Services) {
  return {
    type,
    code,
    title: errorDefinitionOf(code, registry).title,
    count,
    lastAt: latest.failedAt ?? latest.createdAt,
    latest: { id: latest.id, detail: latest.error?.detail ?? '' },
    links: {
      jobs: `${basePath}/api/jobs?type=${type}&error=${code}`,
      error: `${basePath}/api/errors/${code}`,
    },
  };
}

const querySchema = (registry: Registry) => z.strictObject({ type: z.enum([...registry.keys()]).optional() });

const example: FailureList = {
  failures: [
    {
      type: 'file_processing',
      code: 'corrupt_image',
      title: 'The image is corrupt',
      count: 3,
      lastAt: '2026-11-20T09:30:00.000Z',
      latest: {
        id: 'file_processing_01kb4nq5xcf1wtmpv5ktcwd4m2',
        detail: 'The image ends before it is complete.',
      },
      links: {
        jobs: '/api/jobs?type=file_processing&error=corrupt_image',
        error: '/api/errors/corrupt_image',
      },
    },
  ],
};
