import type { Request } from 'express';
import type { z } from 'zod';
import type { FieldError } from '../models/failure.js';
import { invalid, tryParse } from './explain.js';

/**
 * The query of a request. A mistake points to its parameter by name; each parameter may be given once.
 *
 * @param schema Of an object of texts.
 * @throws Failure `validation_failed` with all mistakes
 */
export function parseQuery<Schema extends z.ZodType>(schema: Schema, { query }: Request): z.output<Schema> {
  const given = Object.entries(query);
  const repeated = given
    .filter(([, value]) => Array.isArray(value))
    .map(
      ([name]): FieldError => ({ pointer: name, code: 'repeated', message: `"${name}" may be given once` }),
    );
  const first = given.map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]);
  const parsed = tryParse(schema, Object.fromEntries(first));
  const mistakes =
    'mistakes' in parsed
      ? parsed.mistakes.map((mistake) => ({ ...mistake, pointer: mistake.pointer.slice(1) }))
      : [];
  if (repeated.length > 0 || 'mistakes' in parsed) throw invalid([...repeated, ...mistakes]);
  return parsed.value;
}
