/** An error code that there is: the platform's, or one that a job type declares. */
import { z } from 'zod';
import { didYouMean } from '../did-you-mean.js';
import { errors } from '../models/errors.js';
import type { Registry } from '../workers/registry.js';

export function errorCodeSchema(registry: Registry) {
  const codes = [
    ...Object.keys(errors),
    ...[...registry.values()].flatMap(({ definition }) => Object.keys(definition.errors)),
  ];
  return z.string().refine((code) => codes.includes(code), {
    error: ({ input }) =>
      `there is no error code ${JSON.stringify(String(input).slice(0, 60))}${didYouMean(String(input), codes)}`,
  });
}
