/** `POST /api/types/:type/pause` and `/resume`: whether workers start jobs of a type. */
import { typeStateSchema } from '../../models/type-contract.js';
import { principalOf, requireType } from '../access/principal.js';
import type { Operation } from '../operation.js';
import { noType, typeParameter } from './list-types.js';

const operation = (
  action: 'pause' | 'resume',
  words: Pick<Operation, 'id' | 'summary' | 'description'>,
): Operation => ({
  ...words,
  method: 'post',
  path: `/api/types/:type/${action}`,
  scope: 'admin',
  tag: 'Types',
  parameters: [typeParameter],
  responses: () => ({
    200: { description: 'As it is now.', content: { 'application/json': { schema: typeStateSchema } } },
  }),
  errors: ['type_not_found', 'queue_unavailable'],
  handle:
    ({ registry, queue, stats }) =>
    async (request, response) => {
      const type = String(request.params.type);
      if (!registry.has(type)) throw noType(type, registry);
      requireType(principalOf(request), type);
      const paused = action === 'pause';
      await queue.setPaused(type, paused);
      stats.forget();
      response.json({ type, paused });
    },
});

export const pauseType = operation('pause', {
  id: 'pauseType',
  summary: 'Let workers start no more jobs of a type',
  description:
    'Holds for all worker servers, also those that start later, until it is resumed. Jobs that run go on; jobs are accepted, and ' +
    'wait. To pause a paused type changes nothing.',
});

export const resumeType = operation('resume', {
  id: 'resumeType',
  summary: 'Let workers start jobs of a type again',
  description: 'To resume a type that is not paused changes nothing.',
});
