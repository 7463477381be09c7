/**
 * What is wrong with a value, in words that help: every mistake, each with a JSON Pointer, what was expected,
 * what was given, and for a near miss what was probably meant.
 */
import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
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

export function tryParse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  prefix = '',
): { value: z.output<Schema> } | { mistakes: FieldError[] } {
  const parsed = schema.safeParse(value, { error: wording, reportInput: true });
  if (parsed.success) return { value: parsed.data };
  return {
    mistakes: parsed.error.issues.slice(0, mistakesMax).flatMap((issue) => fieldErrorsOf(issue, prefix)),
  };
}

export const invalid = (mistakes: readonly FieldError[]) =>
  failure(
    'validation_failed',
    mistakes.length === 1
      ? (mistakes[0]?.message ?? '')
      : `${mistakes.length} values are wrong; \`errors\` lists them.`,
    {
      errors: mistakes,
    },
  );

/** JSON Pointer (RFC 6901) of a path. */
export const pointerOf = (path: readonly PropertyKey[]) =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** The hint behind a message: `; did you mean "numbers"?`, or nothing when nothing is near. */
export function didYouMean(given: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const nearest = known.find((name) => plain(name) === plain(given)) ?? closest(given.toLowerCase(), known);
  const near = nearest.length > 2 && distance(plain(given), plain(nearest)) <= Math.ceil(nearest.length / 3);
  return near ? `; did you mean "${nearest}"?` : '';
}

function fieldErrorsOf(issue: z.core.$ZodIssue, prefix: string): FieldError[] {
  const pointer = prefix + pointerOf(issue.path);
  if (issue.code !== 'unrecognized_keys') return [{ pointer, code: codeOf(issue), message: issue.message }];
  const known: unknown = JSON.parse(issue.message);
  return issue.keys.map((key) => ({
    pointer: `${pointer}${pointerOf([key])}`,
    code: 'unknown_field',
    message: `${quoted(key)} is not a field here${didYouMean(key, known as string[])}`,
  }));
}

function codeOf(issue: z.core.$ZodIssue): string {
  if (issue.message.startsWith('is missing')) return 'missing';
  if (issue.code === 'invalid_union') return 'invalid_value';
  return issue.code;
}

/** Where Zod's own words do not say what was expected and what was given. */
const wording: z.core.$ZodErrorMap = (issue) => {
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
      if (issue.discriminator === undefined || !('options' in issue)) return undefined;
      return oneOf(memberOf(issue.input, issue.discriminator), (issue.options as unknown[]).map(String));
    case 'unrecognized_keys':
      // One issue, several keys: the words are found when each has its own pointer.
      return JSON.stringify(knownKeysOf(issue));
    default:
      return undefined;
  }
};

function sizeWords(
  issue: z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig>,
): string | undefined {
  const { input } = issue;
  if (typeof input === 'number') return `expected ${expectation(issue)}, got ${input}`;
  if (!Array.isArray(input) && typeof input !== 'string') return undefined;
  const unit = Array.isArray(input) ? 'items' : 'characters';
  const bound = issue.code === 'too_big' ? `at most ${issue.maximum}` : `at least ${issue.minimum}`;
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
  if (!(schema instanceof z.core.$ZodNumber)) return nouns[String(issue.expected)] ?? String(issue.expected);
  const { type, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = z.toJSONSchema(schema);
  const bounds = [
    minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? '' : ` from ${minimum}`,
    exclusiveMinimum === undefined ? '' : ` above ${exclusiveMinimum}`,
    maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? '' : ` to ${maximum}`,
    exclusiveMaximum === undefined ? '' : ` below ${exclusiveMaximum}`,
  ];
  return `a ${type === 'integer' ? 'whole number' : 'number'}${bounds.join('')}`;
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
