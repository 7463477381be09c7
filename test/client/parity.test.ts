/** The client against `openapi.yaml`: each operation has a method, and what the document says fits the method's types. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { JobwrightClient, JobwrightError } from '../../src/client/index.js';
import { fitting, type JsonSchema } from '../support/json-schema-arbitrary.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Media {
  schema: JsonSchema;
}

interface DocumentedOperation {
  operationId: string;
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media> }>;
}

interface Document {
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: { schemas: Record<string, JsonSchema> };
}

interface Method {
  /** What it is called on, and its name. */
  at: readonly [part: string, name: string] | readonly [name: string];
  arguments?: readonly unknown[];
  /** Of the document; the first of 2xx with JSON when absent. */
  answer?: JsonSchema;
  /** Which of its arguments is the body of the request. */
  body?: number;
  /** The type of an answer, where it is not what the promise brings: `Told` is what the method returns. */
  as?: string;
}

const root = join(import.meta.dirname, '../..');
const document: Document = parse(await readFile(join(root, 'openapi.yaml'), 'utf8'));
const component = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const resolve = (reference: string) => document.components.schemas[reference.split('/').at(-1) ?? ''] ?? {};
const documented = Object.entries(document.paths).flatMap(([path, byMethod]) =>
  Object.entries(byMethod).map(([method, operation]) => ({ path, method, ...operation })),
);

const sum = { type: 'calculation', payload: {} };
const all = { action: 'delete', filter: { all: true } };
const ofJob = (name: string, more: Partial<Method> = {}): Method => ({
  at: ['jobs', name],
  arguments: ['id'],
  ...more,
});
const ofSchedule = (name: string, more: Partial<Method> = {}): Method => ({
  ...ofJob(name, more),
  at: ['schedules', name],
});
const ofService = (name: string, more: Partial<Method> = {}): Method => ({ at: ['service', name], ...more });

const methods: Record<string, readonly Method[]> = {
  createJob: [
    { at: ['jobs', 'submit'], arguments: [sum], body: 0, answer: component('JobAccepted') },
    { at: ['jobs', 'check'], arguments: [sum], answer: component('DryRun') },
  ],
  createJobs: [{ at: ['jobs', 'submitMany'], arguments: [[sum]], as: 'Yielded<Told>[]' }],
  bulk: [
    { at: ['bulk', 'start'], arguments: [all], body: 0, answer: component('BulkAccepted') },
    { at: ['bulk', 'preview'], arguments: [all], body: 0, answer: component('BulkDryRun') },
  ],
  listJobs: [{ at: ['jobs', 'list'] }],
  listFailures: [{ at: ['jobs', 'failures'] }],
  getJob: [ofJob('get')],
  updateJob: [ofJob('change', { arguments: ['id', {}], body: 1 })],
  deleteJob: [ofJob('delete')],
  cancelJob: [ofJob('cancel')],
  retryJob: [ofJob('retry')],
  promoteJob: [ofJob('promote')],
  listAttempts: [ofJob('attempts')],
  getJobTree: [ofJob('tree')],
  getJobEvents: [ofJob('events', { as: "Yielded<Told>['data']" })],
  getJobLogs: [ofJob('logs')],
  getEvents: [{ at: ['events'], as: "Yielded<Told>['data']" }],
  listCallbacks: [ofJob('callbacks')],
  deliverCallback: [ofJob('deliverCallback')],
  whyJob: [ofJob('why')],
  downloadJobFile: [ofJob('downloadFile', { arguments: ['id', 0] })],
  createSchedule: [ofSchedule('create', { arguments: [{ ...sum, everyMs: 1_000 }], body: 0 })],
  listSchedules: [ofSchedule('list', { arguments: [] })],
  getSchedule: [ofSchedule('get')],
  changeSchedule: [ofSchedule('change', { arguments: ['id', {}], body: 1 })],
  deleteSchedule: [ofSchedule('delete')],
  runSchedule: [ofSchedule('run')],
  uploadFile: [{ at: ['files', 'upload'], arguments: [new Blob(['text'])] }],
  downloadFile: [{ at: ['files', 'download'], arguments: ['id'] }],
  listTypes: [{ at: ['types', 'list'] }],
  getType: [{ at: ['types', 'get'], arguments: ['calculation'] }],
  pauseType: [{ at: ['types', 'pause'], arguments: ['calculation'] }],
  resumeType: [{ at: ['types', 'resume'], arguments: ['calculation'] }],
  getError: [ofService('error', { arguments: ['expired'] })],
  getMe: [ofService('me')],
  listWorkers: [ofService('workers')],
  getStats: [ofService('stats')],
  getHistory: [ofService('history')],
  livez: [ofService('live')],
  readyz: [ofService('ready')],
  health: [ofService('health')],
  getMetrics: [ofService('metrics')],
};

/** What a method sends: its way of sending, and the path. It is refused. */
async function requestOf({ at, arguments: given = [] }: Method): Promise<string> {
  let sent = '';
  const client = new JobwrightClient({
    fetch: async (url, init) => {
      sent = `${init?.method?.toLowerCase()} ${String(url).split('?')[0]}`;
      return new Response('', { status: 404 });
    },
  });
  const [name, part] = [...at].reverse() as [string, string?];
  const owner: object = part === undefined ? client : Reflect.get(client, part);
  const answer: Promise<unknown> | AsyncGenerator = Reflect.apply(Reflect.get(owner, name), owner, given);
  await expect('next' in answer ? answer.next() : answer).rejects.toBeInstanceOf(JobwrightError);
  return sent;
}

describe('the client', () => {
  it('has a method for each operation of the document', () => {
    expect(Object.keys(methods).sort()).toEqual(documented.map(({ operationId }) => operationId).sort());
  });

  it.each(
    documented.flatMap(({ operationId, method, path }) =>
      (methods[operationId] ?? []).map((each) => ({ name: each.at.join('.'), each, method, path })),
    ),
  )('sends $method $path with $name', async ({ each, method, path }) => {
    const pattern = path.replaceAll(/\{\w+\}/g, '[^/]+');
    expect(await requestOf(each)).toMatch(new RegExp(`^${method} ${pattern}$`));
  });

  it('takes what the document says that is sent, and promises what it says that is answered', async () => {
    const folder = await temporaryFolder();
    const statements = documented.flatMap((operation) =>
      (methods[operation.operationId] ?? []).flatMap((method) => statementsOf(operation, method)),
    );
    expect(statements.length).toBeGreaterThan(documented.length);
    await writeFile(join(folder, 'answers.mts'), `${prelude}\n${statements.join('\n')}\n`);
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(root, 'tsconfig.json'),
        compilerOptions: { typeRoots: [join(root, 'node_modules/@types')], noUnusedLocals: false },
        include: ['answers.mts'],
      }),
    );
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = await promisify(execFile)(execPath, [compiler, '-p', folder]).catch((error) => error);
    expect(stdout).toBe('');
  }, 60_000);
});

const prelude = `import type { JobwrightClient } from '${join(root, 'src/client/index.js')}';
type Yielded<Iterator> = Iterator extends AsyncGenerator<infer Item> ? Item : never;
// A check that cannot fail is none.
// @ts-expect-error
export const wrong: Awaited<ReturnType<JobwrightClient['service']['me']>> = { scopes: ['fly'], allTenants: true };
// @ts-expect-error
export const more: Awaited<ReturnType<JobwrightClient['service']['me']>> = { scopes: [], allTenants: true, more: 1 };`;

const samples = (schema: JsonSchema) =>
  JSON.stringify(fc.sample(fitting(schema, resolve), { numRuns: 15, seed: 7 }));

/** Assignments of what the document allows to what the method says. */
function statementsOf(
  { operationId, requestBody, responses }: DocumentedOperation,
  method: Method,
): string[] {
  const { at, body, as = 'Awaited<Told>' } = method;
  const type = `JobwrightClient${at.map((name) => `['${name}']`).join('')}`;
  const name = `${operationId}_${at.join('_')}`;
  const sent = requestBody?.content['application/json']?.schema;
  const answers = Object.entries(responses).filter(([status]) => /^2/.test(status));
  const content = answers.flatMap(([, response]) => Object.entries(response.content ?? {}));
  const [, answer] = content.find(([media]) => /^(application\/json|text\/event-stream)$/.test(media)) ?? [];
  const schema = method.answer ?? answer?.schema;
  return [
    ...(body === undefined || sent === undefined
      ? []
      : [`export const ${name}_body: Parameters<${type}>[${body}][] = ${samples(sent)};`]),
    ...(schema === undefined
      ? []
      : [
          `type ${name}_told = ReturnType<${type}>;`,
          `export const ${name}: (${as.replace('Told', `${name}_told`)})[] = ${samples(schema)};`,
        ]),
  ];
}
