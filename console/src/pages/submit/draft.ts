/** A job before it is submitted, and where it comes from. */
import type { JobOptions, JobTypeContract } from '../../api-types.js';
import { initialOf } from '../../form/schema.js';

export interface Draft {
  type: string;
  payload: unknown;
  options: Partial<JobOptions>;
}

/** @param example Which of the type's examples; without, only what must be there is taken of the first. */
export function draftOf(contract: JobTypeContract, example?: number): Draft {
  const { type, payloadSchema, examples } = contract;
  const payload =
    example === undefined
      ? initialOf(payloadSchema, payloadSchema, examples[0]?.payload)
      : examples[example]?.payload;
  return { type, payload, options: {} };
}

/** The request, without options where there are none. */
export function requestOf({ type, payload, options }: Draft) {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { type, payload, ...(given.length === 0 ? {} : { options: Object.fromEntries(given) }) };
}
