/** The query of a request, parsed; a parameter that is not known is a mistake, and not passed over. */
import type { Request } from 'express';
import { z } from 'zod';
import { invalid, tryParse } from './explain.js';

/** @throws Failure `validation_failed`, which points to parameters by their names */
export function parseQuery<Shape extends z.ZodRawShape>(request: Request, shape: Shape) {
  const parsed = tryParse(z.strictObject(shape), { ...request.query });
  if ('value' in parsed) return parsed.value;
  throw invalid(
    parsed.mistakes.map((mistake) => ({ ...mistake, pointer: mistake.pointer.replace(/^\//, '') })),
  );
}
