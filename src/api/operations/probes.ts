/** `/livez`, `/readyz` and `/health`: is the process alive, can it accept jobs, and how is everything. */
import { isFailure } from '../../models/failure.js';
import { healthSchema, upSchema } from '../../models/health.js';
import { version } from '../../version.js';
import type { Operation, Services } from '../operation.js';

const lookAround = (services: Services) => async () => {
  const { readiness, queue, registry } = services;
  const report = await readiness.look();
  const workers = report.redis.latencyMs === undefined ? undefined : await workersOf(queue, registry);
  return {
    ...report,
    ...(workers === undefined ? {} : { workers }),
    version,
    uptimeSeconds: Math.floor(process.uptime()),
  };
};

/** Undefined where Redis has gone away meanwhile. */
async function workersOf(queue: Services['queue'], registry: Services['registry']) {
  const alive = await queue.workersAlive().catch((error: unknown) => {
    if (!isFailure(error)) throw error;
  });
  if (alive === undefined) return undefined;
  const types = [...registry.keys()].map((type) => [
    type,
    alive.filter((worker) => type in worker.types).length,
  ]);
  return { alive: alive.length, types: Object.fromEntries(types) };
}

export const livez: Operation = {
  id: 'livez',
  method: 'get',
  path: '/livez',
  scope: 'open',
  tag: 'Service',
  summary: 'Is the process alive?',
  description: 'Asks nothing of Redis.',
  responses: () => ({
    200: { description: 'It is.', content: { 'application/json': { schema: upSchema } } },
  }),
  errors: [],
  handle: () => (_request, response) => void response.set('Cache-Control', 'no-store').json({ status: 'up' }),
};

const answers = {
  200: { description: 'It can.', content: { 'application/json': { schema: healthSchema } } },
  503: {
    description: 'It cannot; the body says why.',
    content: { 'application/json': { schema: healthSchema } },
  },
};

const probe = (id: string, path: string, summary: string): Operation => ({
  id,
  method: 'get',
  path,
  scope: 'open',
  tag: 'Service',
  summary,
  responses: () => answers,
  errors: [],
  handle: (services) => {
    const look = lookAround(services);
    return async (_request, response) => {
      const state = await look();
      response
        .set('Cache-Control', 'no-store')
        .status(state.status === 'up' ? 200 : 503)
        .json(state);
    };
  },
});

export const readyz = probe('readyz', '/readyz', 'Can it accept jobs?');
export const health = probe('health', '/health', 'How is everything?');
