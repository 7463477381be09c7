/** `GET /api/jobs`: pages of jobs, newest first, by type, status, tag, error code and time. */
import { z } from 'zod';
import { jobStatuses, tagSchema } from '../../models/job.js';
import { jobListSchema } from '../../models/job-list.js';
import type { JobFilter } from '../../queue/lists/job-list.js';
import type { Registry } from '../../workers/registry.js';
import { type Principal, principalOf } from '../access/principal.js';
import { errorCodeSchema } from '../error-code-schema.js';
import { exampleSummary } from '../example-jobs.js';
import { invalid } from '../explain.js';
import { type Cursor, cursorOf, cursorText, listOf } from '../list-cursor.js';
import type { Operation } from '../operation.js';
import { parseQuery } from '../query.js';
import { representationOf } from './get-job.js';

const limitMax = 200;
const limitDefault = 50;

export const listJobs: Operation = {
  id: 'listJobs',
  method: 'get',
  path: '/api/jobs',
  scope: 'read',
  tag: 'Jobs',
  summary: 'List jobs',
  description:
    'Jobs without payload and result, newest first: by the time of their end where `error` is given or `status` is `completed`, `failed` or `cancelled` ' +
    '(and no `tag`), else by that of their creation. Filters can be combined. Follow `next` until it is absent: no job is ' +
    'skipped or shown twice, whatever arrives or leaves meanwhile. A request looks at a limited number of jobs, so with a ' +
    'filter that few jobs pass a page may be short, or empty, and have a `next` all the same.',
  parameters: [
    {
      name: 'type',
      in: 'query',
      schema: z.string(),
      description: 'Jobs of this type. Default: of all types but the internal ones.',
      example: 'calculation',
    },
    {
      name: 'status',
      in: 'query',
      schema: z.enum(jobStatuses),
      description: 'Jobs that have this status now.',
      example: 'failed',
    },
    {
      name: 'tag',
      in: 'query',
      schema: tagSchema,
      description: 'Jobs with this tag.',
      example: 'invoice-42',
    },
    {
      name: 'error',
      in: 'query',
      schema: z.string(),
      description: 'Jobs that failed with this code; `cancelled`: those that were cancelled.',
      example: 'attempt_timeout',
    },
    {
      name: 'from',
      in: 'query',
      schema: z.iso.datetime({ offset: true }),
      description: 'Jobs from this time on: the time by which the list is ordered.',
      example: '2026-11-05T09:00:00Z',
    },
    {
      name: 'until',
      in: 'query',
      schema: z.iso.datetime({ offset: true }),
      description: 'Jobs before this time.',
      example: '2026-11-06T09:00:00Z',
    },
    {
      name: 'limit',
      in: 'query',
      schema: z.int().min(1).max(limitMax).default(limitDefault),
      description: 'Jobs of a page at the most.',
    },
    {
      name: 'cursor',
      in: 'query',
      schema: z.string(),
      description: 'Where the page begins: the `next` of the page before, with the same filter.',
    },
  ],
  responses: () => ({
    200: {
      description: 'A page of jobs.',
      headers: { Link: { description: 'The next page, with `rel="next"`, where there is one.' } },
      content: {
        'application/json': {
          schema: jobListSchema,
          examples: {
            page: {
              summary: 'One job, and more',
              value: {
                jobs: [exampleSummary],
                next: cursorText({
                  place: { atMs: Date.parse(exampleSummary.createdAt), id: exampleSummary.id },
                  list: listOf({ types: [] }),
                }),
              },
            },
          },
        },
      },
    },
    304: { description: 'The page is as `If-None-Match` says.' },
  }),
  errors: ['validation_failed', 'queue_unavailable'],
  handle: (services) => {
    const { queue, registry, config } = services;
    const schema = querySchema(registry);
    const publicTypes = [...registry.values()]
      .map(({ definition }) => definition)
      .filter(({ internal }) => !internal)
      .map(({ type }) => type);
    return async (request, response) => {
      const { limit = limitDefault, cursor, ...asked } = parseQuery(schema, request);
      const principal = principalOf(request);
      const list = listOf({ ...asked, tenant: principal.sees, types: [...(principal.types ?? [])] });
      if (cursor !== undefined && cursor.list !== list)
        throw invalid([
          {
            pointer: 'cursor',
            code: 'invalid_value',
            message: 'is the cursor of a list with another filter; begin this one without a cursor',
          },
        ]);
      const { jobs, next } = await queue.list.page(
        filterOf(asked, publicTypes, principal),
        limit,
        cursor?.place,
      );
      const nextCursor = next === undefined ? undefined : cursorText({ place: next, list });
      if (nextCursor !== undefined) {
        const query = new URLSearchParams({
          ...(request.query as Record<string, string>),
          cursor: nextCursor,
        });
        response.set('Link', `<${config.basePath}/api/jobs?${query}>; rel="next"`);
      }
      response.set('Cache-Control', 'no-cache').json({
        jobs: jobs.map((job) => representationOf(job, services)),
        ...(nextCursor === undefined ? {} : { next: nextCursor }),
      });
    };
  },
};

type Asked = Omit<z.output<ReturnType<typeof querySchema>>, 'limit' | 'cursor'>;

const filterOf = (
  { type, status, tag, error, from, until }: Asked,
  publicTypes: string[],
  { sees, types }: Principal,
): JobFilter => ({
  types: (type === undefined ? publicTypes : [type]).filter((each) => types?.has(each) ?? true),
  ...(sees === undefined ? {} : { tenant: sees }),
  ...(status === undefined ? {} : { status }),
  ...(tag === undefined ? {} : { tag }),
  ...(error === undefined ? {} : { errorCode: error }),
  ...(from === undefined ? {} : { fromMs: from }),
  ...(until === undefined ? {} : { untilMs: until }),
});

function querySchema(registry: Registry) {
  return z
    .strictObject({
      type: z.enum([...registry.keys()]).optional(),
      status: z.enum(jobStatuses).optional(),
      tag: tagSchema.optional(),
      error: errorCodeSchema(registry).optional(),
      from: timeSchema.optional(),
      until: timeSchema.optional(),
      limit: limitSchema.optional(),
      cursor: cursorSchema.optional(),
    })
    .superRefine(({ status, error, from, until }, { addIssue }) => {
      const implied = error === undefined ? undefined : error === 'cancelled' ? 'cancelled' : 'failed';
      if (implied !== undefined && status !== undefined && status !== implied)
        addIssue(issueAt('status', `a job with the error "${error}" is ${implied}, not ${status}`));
      if (from !== undefined && until !== undefined && until <= from)
        addIssue(issueAt('until', 'expected a time after `from`'));
    });
}

const issueAt = (name: string, message: string) => ({ code: 'custom' as const, path: [name], message });

const timeSchema = z
  .string()
  // A plus that nobody has encoded arrives as a space.
  .transform((text) => text.replace(/ (?=\d\d:\d\d$)/, '+'))
  .pipe(
    z.iso.datetime({
      offset: true,
      error: ({ input }) => `expected a time such as 2026-11-05T09:00:00Z, got ${quoted(input)}`,
    }),
  )
  .transform(Date.parse);

const limitSchema = z
  .string()
  .refine((text) => /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= limitMax, {
    error: ({ input }) => `expected a whole number from 1 to ${limitMax}, got ${quoted(input)}`,
  })
  .transform(Number);

const cursorSchema = z.string().transform((text, { addIssue }): Cursor => {
  const cursor = cursorOf(text);
  if (cursor !== undefined) return cursor;
  addIssue('is not a cursor of this API; take the `next` of a page');
  return z.NEVER;
});

const quoted = (given: unknown) => JSON.stringify(String(given).slice(0, 60));
