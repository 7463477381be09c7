/** What every job type promises, whoever wrote it: the contract suite. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { errors } from '../src/models/errors.js';
import { defineJobType } from '../src/models/job-type.js';
import { loadRegistry } from '../src/workers/registry.js';
import { startApi, type TestApi } from './support/api.js';

const registry = await loadRegistry(['examples/my-types']);
let api: TestApi;
beforeAll(async () => {
  api = await startApi({ JOB_TYPES: 'examples/my-types' });
  await api.startWorker();
});
afterAll(() => api.close());

describe.each([...registry.values()].map(({ definition }) => [definition.type, definition] as const))(
  'the job type %s',
  (type, definition) => {
    it('says what it is', () => {
      expect(definition.title.length).toBeGreaterThan(3);
      expect(definition.description.length).toBeGreaterThan(10);
    });

    it('is right in all that a definition is checked for, also one of the platform itself', () => {
      const [first, ...others] = definition.examples;
      if (first === undefined) throw new Error('there is no example');
      expect(() => defineJobType({ ...definition, examples: [first, ...others] })).not.toThrow();
    });

    it('is strict: an unknown field is refused', () => {
      const payload = { ...(definition.examples[0]?.payload as object), surely_unknown: 1 };
      expect(definition.payload.safeParse(payload).success).toBe(false);
    });

    it('has schemas that JSON Schema can express, and examples that fit them', () => {
      const ajv = new Ajv2020({ strict: false, formats: { email: true, uri: true, 'date-time': true } });
      const validate = ajv.compile(z.toJSONSchema(definition.payload, { io: 'input' }));
      z.toJSONSchema(definition.result, { io: 'output' });
      for (const { payload } of definition.examples)
        expect([validate(payload), validate.errors]).toEqual([true, null]);
    });

    it('declares errors under codes of its own', () => {
      for (const [code, { title, when }] of Object.entries(definition.errors)) {
        expect(code).toMatch(/^[a-z][a-z0-9_]*$/);
        expect(Object.keys(errors)).not.toContain(code);
        expect(title.length * when.length).toBeGreaterThan(0);
      }
    });

    // What clients cannot post is run by the tests of its own.
    const posted = definition.internal ? [] : definition.examples;
    it.each(posted.map((example) => [example.summary, example] as const))(
      'runs its example “%s” from POST to result',
      async (_, { payload, result }) => {
        const job = await api.run(type, payload);
        expect(job.error).toBeUndefined();
        expect(job.status).toBe('completed');
        expect(definition.result.safeParse(job.result).success).toBe(true);
        if (result !== undefined) expect(job.result).toEqual(result);
      },
    );
  },
);
