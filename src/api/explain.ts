/**
 * What is wrong with a value, in words that help: every mistake, each with a JSON Pointer, what was expected,
 * what was given, and for a near miss what was probably meant.
 */
import { z } from 'zod';
import { didYouMean } from '../did-you-mean.js';
import type { FieldError } from '../models/failure.js';
import { failure } from '../models/failure.js';

/** More would drown the reader: an array of 200,000 strings has as many mistakes. */
const mistakesMax = 100;

/**
 * Parses, or throws a Failure `validation_failed` that lists all mistakes.
 *
 * @param prefix Pointer of the value in the body, `/payload` for example.
 */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  prefix = '',
): z.output<Schema> {
  const parsed = tryParse(schema, value, prefix);
  if ('mistakes' in parsed) throw invalid(parsed.mistakes);
  return parsed.value;
}

export type Parsed<Value> = { value: Value } | { mistakes: FieldError[] };

export function tryParse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  prefix = '',
): Parsed<z.output<Schema>> {
  const knownKeys: KnownKeys = new WeakMap();
  const error: z.core.$ZodErrorMap = (issue) => wordsFor(issue, knownKeys);
  const context = { error, reportInput: true, async: false } as const;
  // What `safeParse` does, but for the issues that nobody will read: of a million, their words take seconds.
  const parsed = schema._zod.run({ value, issues: [] }, context);
  if (parsed instanceof Promise) throw new z.core.$ZodAsyncError();
  if (parsed.issues.length === 0) return { value: parsed.value as z.output<Schema> };
  const mistakes = parsed.issues
    .slice(0, mistakesMax)
    .map((issue) => z.core.util.finalizeIssue(issue, context, z.config()))
    .flatMap((issue) => fieldErrorsOf(issue, prefix, knownKeys));
  return { mistakes: mistakes.slice(0, mistakesMax) };
}

/** The fields that each object with an unknown one could have had. Zod tells them only while it words the issue. */
type KnownKeys = WeakMap<object, string[]>;

export const invalid = (mistakes: readonly FieldError[]) =>
  failure(
    'validation_failed',
    mistakes.length === 1
      ? (mistakes[0]?.message ?? '')
      : `${mistakes.length < mistakesMax ? '' : 'At least '}${mistakes.length} values are wrong; \`errors\` lists them.`,
    {
      errors: mistakes.slice(0, mistakesMax),
    },
  );

/** JSON Pointer (RFC 6901) of a path. */
export const pointerOf = (path: readonly PropertyKey[]) =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

function fieldErrorsOf(issue: z.core.$ZodIssue, prefix: string, knownKeys: KnownKeys): FieldError[] {
  const pointer = prefix + pointerOf(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys.get(issue.input as object) ?? [];
    return issue.keys.slice(0, mistakesMax).map((key) => ({
      pointer: `${pointer}${pointerOf([key])}`,
      code: 'unknown_field',
      message: `${quoted(key)} is not a field here${didYouMean(key, known)}`,
    }));
  }
  const nearest = issue.code === 'invalid_union' ? nearestAlternative(issue.errors) : undefined;
  if (nearest !== undefined) return nearest.flatMap((inner) => fieldErrorsOf(inner, pointer, knownKeys));
  return [{ pointer, code: codeOf(issue), message: issue.message }];
}

/** Of a union that nothing tells apart: the mistakes against the alternative that fits best. */
function nearestAlternative(alternatives: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] | undefined {
  const another = (issues: readonly z.core.$ZodIssue[]) =>
    issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0) ? 1_000 : issues.length;
  const best = [...alternatives].sort((a, b) => another(a) - another(b))[0];
  return best === undefined || another(best) >= 1_000 ? undefined : best;
}

function codeOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union') {
    const { discriminator, input } = issue;
    const given = discriminator === undefined ? input : memberOf(input, discriminator);
    return given === undefined ? 'missing' : 'invalid_value';
  }
  const refusesAbsence = issue.code === 'invalid_type' || issue.code === 'invalid_value';
  return refusesAbsence && issue.input === undefined ? 'missing' : issue.code;
}

/** Where Zod's own words do not say what was expected and what was given. */
function wordsFor(issue: z.core.$ZodRawIssue, knownKeys: KnownKeys): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      if (typeof issue.input === 'number' && !Number.isFinite(issue.input))
        return 'expected a number that a 64-bit float can hold';
      return `expected ${expectation(issue)}, got ${kindOf(issue.input)}`;
    case 'too_small':
    case 'too_big':
      return sizeWords(issue);
    case 'invalid_value':
      return oneOf(issue.input, issue.values.map(String));
    case 'invalid_union':
      if (issue.input === undefined) return 'is missing';
      if (issue.discriminator === undefined || !('options' in issue)) return undefined;
      return oneOf(memberOf(issue.input, issue.discriminator), (issue.options as unknown[]).map(String));
    case 'unrecognized_keys':
      // One issue, several keys: the words are found when each has its own pointer.
      knownKeys.set(issue.input as object, knownKeysOf(issue));
      return undefined;
    default:
      return undefined;
  }
}

function sizeWords(
  issue: z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig>,
): string | undefined {
  const { input } = issue;
  if (typeof input === 'number') return `expected ${expectation(issue)}, got ${input}`;
  if (!Array.isArray(input) && typeof input !== 'string') return undefined;
  const size = Number(issue.code === 'too_big' ? issue.maximum : issue.minimum);
  const unit = `${Array.isArray(input) ? 'item' : 'character'}${size === 1 ? '' : 's'}`;
  const bound = `${issue.code === 'too_big' ? 'at most' : 'at least'} ${size}`;
  return `expected ${bound} ${unit}, got ${input.length}`;
}

/** The kinds of JSON; a record is an object to whoever writes it. */
const nouns: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  boolean: 'a boolean',
  array: 'an array',
  object: 'an object',
  record: 'an object',
};

/** What a value should have been: `a whole number from 1 to 5`. */
function expectation(issue: z.core.$ZodRawIssue): string {
  const schema = 'schema' in issue ? issue.schema : issue.inst;
  if (schema instanceof z.core.$ZodNumber) return rangeOf(schema);
  return nouns[String(issue.expected)] ?? String(issue.expected);
}

/** By schema: an array of 200,000 wrong numbers asks as often. */
const ranges = new WeakMap<z.core.$ZodNumber, string>();

function rangeOf(schema: z.core.$ZodNumber): string {
  const known = ranges.get(schema);
  if (known !== undefined) return known;
  const { type, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = z.toJSONSchema(schema);
  const bounds = [
    minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? '' : ` from ${minimum}`,
    exclusiveMinimum === undefined ? '' : ` above ${exclusiveMinimum}`,
    maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? '' : ` to ${maximum}`,
    exclusiveMaximum === undefined ? '' : ` below ${exclusiveMaximum}`,
  ];
  const range = `a ${type === 'integer' ? 'whole number' : 'number'}${bounds.join('')}`;
  ranges.set(schema, range);
  return range;
}

const memberOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;

function oneOf(input: unknown, values: readonly string[]): string {
  const expected = values.length === 1 ? quoted(values[0] ?? '') : `one of ${values.map(quoted).join(', ')}`;
  if (input === undefined) return `is missing; expected ${expected}`;
  const hint = typeof input === 'string' ? didYouMean(input, values) : '';
  return `expected ${expected}, got ${kindOf(input)}${hint}`;
}

const quoted = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

function kindOf(input: unknown): string {
  if (input === null) return 'null';
  if (Array.isArray(input)) return 'an array';
  if (typeof input === 'object') return 'an object';
  if (typeof input === 'string') return quoted(input);
  return String(input);
}

function knownKeysOf(issue: z.core.$ZodRawIssue): string[] {
  const schema = 'schema' in issue ? issue.schema : issue.inst;
  return schema instanceof z.core.$ZodObject ? Object.keys(schema._zod.def.shape) : [];
}
