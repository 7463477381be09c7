/**
 * One kind of field that a record may have: what is accepted, what is found out about it, and from which
 * sources. A wrong value is a finding (`valid: false` and a reason), never a failed job.
 */
import type { z } from 'zod';
import type { Source } from './sources.js';

export interface Finding<Facts> {
  facts: Facts;
  /** What the facts were taken from; becomes the field's provenance. */
  sources: readonly Source[];
}

/** What else the record and the request say that one field needs to know. */
export interface Surroundings {
  /** Country (ISO 3166-1 alpha-2) whose conventions apply where the value does not say. */
  country?: string;
}

export interface FieldKind<Input extends z.ZodType = z.ZodType, Facts extends z.ZodType = z.ZodType> {
  readonly input: Input;
  readonly facts: Facts;
  enrich(value: unknown, surroundings: Surroundings): Promise<Finding<z.input<Facts>>>;
}

interface FieldKindDefinition<Input extends z.ZodType, Facts extends z.ZodType> {
  input: Input;
  facts: Facts;
  /** Loads what it needs by itself, on its first call: a definition is cheap to import. */
  enrich(
    value: z.output<Input>,
    surroundings: Surroundings,
  ): Promise<Finding<z.input<Facts>>> | Finding<z.input<Facts>>;
}

export function defineFieldKind<Input extends z.ZodType, Facts extends z.ZodType>(
  definition: FieldKindDefinition<Input, Facts>,
): FieldKind<Input, Facts> {
  return {
    input: definition.input,
    facts: definition.facts,
    // The record was parsed with `input` before it came here.
    enrich: async (value, surroundings) => definition.enrich(value as z.output<Input>, surroundings),
  };
}
