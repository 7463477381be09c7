import { createServer } from 'node:http';
import express from 'express';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { failures } from '../../src/api/middleware/failures.js';
import { errorDefinitionOf } from '../../src/api/problem.js';
import { loadConfig } from '../../src/config.js';
import { createLogger } from '../../src/log.js';
import { failure } from '../../src/models/failure.js';
import { loadRegistry } from '../../src/workers/registry.js';

const registry = await loadRegistry([]);
const config = loadConfig({}, { LOG_LEVEL: 'silent' });

function throwing(thrown: unknown, begun = false) {
  const app = express();
  app.use((_request, response) => {
    if (begun) response.write('begun');
    throw thrown;
  });
  app.use(failures({ config, registry, log: createLogger(config, 'test') }));
  return request(createServer(app)).get('/x?secret=1');
}

describe('what an operation throws', () => {
  it.each<[string, unknown, number, string]>([
    ['a failure', failure('file_gone', 'It was removed.'), 410, 'file_gone'],
    ['an Error', new Error('secret'), 500, 'internal_error'],
    ['nothing sensible', 'secret', 500, 'internal_error'],
    [
      'an error of Express for a client',
      Object.assign(new Error('secret'), { status: 400 }),
      400,
      'invalid_request',
    ],
    [
      'an error of Express for itself',
      Object.assign(new Error('secret'), { status: 501 }),
      500,
      'internal_error',
    ],
  ])('becomes a problem: %s', async (_, thrown, status, code) => {
    const response = await throwing(thrown)
      .expect(status)
      .expect('Content-Type', /problem\+json/);
    expect(response.body).toMatchObject({ status, code, type: `/api/errors/${code}` });
    expect(response.text).not.toContain('secret"');
    expect(response.text).not.toContain('at ');
  });

  it('cuts an answer that has begun, since it cannot be taken back', async () => {
    await expect(throwing(new Error('late'), true)).rejects.toThrow(/aborted|hang up/);
  });

  it('carries the headers of the failure, and when to try again', async () => {
    const limited = failure('rate_limited', 'Slow down.', { headers: { 'Retry-After': '7' } });
    await throwing(limited).expect(429).expect('Retry-After', '7');
    await throwing(failure('queue_unavailable', 'Away.')).expect(503).expect('Retry-After', '2');
  });
});

describe('errorDefinitionOf', () => {
  it('knows the platform’s codes, those of the types, and what to say of one that is known no more', () => {
    expect(errorDefinitionOf('file_gone', registry)).toMatchObject({ status: 410, retry: false });
    expect(errorDefinitionOf('corrupt_image', registry)).toMatchObject({ status: 422, retry: false });
    expect(errorDefinitionOf('of_a_type_gone', registry)).toMatchObject({
      status: 500,
      title: 'The job failed',
    });
  });
});
