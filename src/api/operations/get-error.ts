/** `GET /api/errors/:code`: where the `type` of a problem leads. */
import { z } from 'zod';
import { didYouMean } from '../../did-you-mean.js';
import { errorDescriptionSchema } from '../../models/error-description.js';
import { errors } from '../../models/errors.js';
import { failure } from '../../models/failure.js';
import type { Operation } from '../operation.js';
import { errorDefinitionOf } from '../problem.js';

export const getError: Operation = {
  id: 'getError',
  method: 'get',
  path: '/api/errors/:code',
  scope: 'open',
  tag: 'Types',
  summary: 'Read what an error code means',
  parameters: [
    { name: 'code', in: 'path', schema: z.string(), description: 'The code.', example: 'validation_failed' },
  ],
  responses: () => ({
    200: {
      description: 'The meaning of the code.',
      content: { 'application/json': { schema: errorDescriptionSchema } },
    },
  }),
  errors: ['error_not_found'],
  handle: ({ registry }) => {
    const codes = [
      ...Object.keys(errors),
      ...[...registry.values()].flatMap(({ definition }) => Object.keys(definition.errors)),
    ];
    return (request, response) => {
      const code = String(request.params.code);
      if (!codes.includes(code))
        throw failure(
          'error_not_found',
          `There is no error code ${JSON.stringify(code)}${didYouMean(code, codes)}`,
        );
      const { status, title, when, retry } = errorDefinitionOf(code, registry);
      response.json({ code, status, title, when, retry });
    };
  },
};
