/** `GET /api/types` and `GET /api/types/:type`: the contracts of the job types. */
import { z } from 'zod';
import { didYouMean } from '../../did-you-mean.js';
import { failure, isFailure } from '../../models/failure.js';
import type { JobType } from '../../models/job-type.js';
import { typeContractSchema, typeListSchema } from '../../models/type-contract.js';
import type { Registry } from '../../workers/registry.js';
import { firstTime } from '../first-time.js';
import type { Operation, Parameter, Services } from '../operation.js';
import { sendCompressed } from '../send-compressed.js';

export const typeParameter: Parameter = {
  name: 'type',
  in: 'path',
  schema: z.string(),
  description: 'The name of the type.',
  example: 'calculation',
};

export const noType = (type: string, registry: Registry) =>
  failure(
    'type_not_found',
    `There is no job type ${JSON.stringify(type)}${didYouMean(type, [...registry.keys()])}`,
  );

export const listTypes: Operation = {
  id: 'listTypes',
  method: 'get',
  path: '/api/types',
  scope: 'read',
  tag: 'Types',
  summary: 'List the job types',
  responses: () => ({
    200: {
      description: 'Every job type.',
      content: {
        'application/json': { schema: typeListSchema },
      },
    },
    304: { description: 'They are as `If-None-Match` says.' },
  }),
  errors: [],
  handle: ({ registry, config, stats }) => {
    const contracts = firstTime(() =>
      [...registry.values()].map(({ definition }) => contractOf(definition, config.basePath)),
    );
    return async (_request, response) => {
      const isPaused = await pausedTypes(stats);
      const types = contracts().map((contract) => ({ ...contract, ...isPaused(contract.type) }));
      await sendCompressed(response, { types });
    };
  },
};

export const getType: Operation = {
  id: 'getType',
  method: 'get',
  path: '/api/types/:type',
  scope: 'read',
  tag: 'Types',
  summary: 'Read the contract of a job type',
  parameters: [typeParameter],
  responses: () => ({
    200: { description: 'The contract.', content: { 'application/json': { schema: typeContractSchema } } },
    304: { description: 'The contract is as `If-None-Match` says.' },
  }),
  errors: ['type_not_found'],
  handle: ({ registry, config, stats }) => {
    const contracts = firstTime(
      () =>
        new Map(
          [...registry].map(([type, { definition }]) => [type, contractOf(definition, config.basePath)]),
        ),
    );
    return async (request, response) => {
      const type = String(request.params.type);
      const contract = contracts().get(type);
      if (contract === undefined) throw noType(type, registry);
      const isPaused = await pausedTypes(stats);
      response.json({ ...contract, ...isPaused(type) });
    };
  },
};

/** The contracts can be read while Redis is away, too. */
async function pausedTypes(stats: Services['stats']): Promise<(type: string) => { paused?: boolean }> {
  const latest = await stats.read().catch((error: unknown) => {
    if (!isFailure(error)) throw error;
  });
  return (type) => {
    const paused = latest?.types[type]?.paused;
    return paused === undefined ? {} : { paused };
  };
}

function contractOf(
  { type, title, description, version, internal, policy, payload, result, examples, errors }: JobType,
  basePath: string,
) {
  return {
    type,
    title,
    description,
    version,
    internal,
    policy,
    payloadSchema: z.toJSONSchema(payload, { io: 'input' }),
    resultSchema: z.toJSONSchema(result, { io: 'output' }),
    examples,
    errors,
    links: { self: `${basePath}/api/types/${type}` },
  };
}
