import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parse, pointerOf, tryParse } from '../../src/api/explain.js';

const mistakes = (schema: z.ZodType, value: unknown) => {
  const parsed = tryParse(schema, value);
  return 'mistakes' in parsed
    ? parsed.mistakes.map(({ pointer, code, message }) => [pointer, code, message])
    : [];
};

describe('the words for a mistake', () => {
  it.each<[string, z.ZodType, unknown, [string, string, string][]]>([
    ['a missing member', z.object({ a: z.string() }), {}, [['/a', 'missing', 'is missing']]],
    ['a wrong type', z.string(), 1, [['', 'invalid_type', 'expected a string, got 1']]],
    ['null', z.string(), null, [['', 'invalid_type', 'expected a string, got null']]],
    ['an array', z.string(), [], [['', 'invalid_type', 'expected a string, got an array']]],
    ['an object', z.string(), {}, [['', 'invalid_type', 'expected a string, got an object']]],
    ['a boolean', z.string(), true, [['', 'invalid_type', 'expected a string, got true']]],
    [
      'a very long string',
      z.boolean(),
      'x'.repeat(99),
      [['', 'invalid_type', `expected a boolean, got "${'x'.repeat(60)}…"`]],
    ],
    [
      'Infinity',
      z.number(),
      Number.POSITIVE_INFINITY,
      [['', 'invalid_type', 'expected a number that a 64-bit float can hold']],
    ],
    ['a fraction', z.int(), 1.5, [['', 'invalid_type', 'expected a whole number, got 1.5']]],
    ['too small a number', z.number().min(2), 1, [['', 'too_small', 'expected a number from 2, got 1']]],
    ['too large a number', z.number().max(2), 3, [['', 'too_big', 'expected a number to 2, got 3']]],
    [
      'an exclusive bound',
      z.number().gt(0).lt(9),
      0,
      [['', 'too_small', 'expected a number above 0 below 9, got 0']],
    ],
    [
      'too short an array',
      z.array(z.any()).min(2),
      [1],
      [['', 'too_small', 'expected at least 2 items, got 1']],
    ],
    [
      'too long a string',
      z.string().max(2),
      'abc',
      [['', 'too_big', 'expected at most 2 characters, got 3']],
    ],
    [
      'one of several',
      z.enum(['red', 'green']),
      'gren',
      [['', 'invalid_value', 'expected one of "red", "green", got "gren"; did you mean "green"?']],
    ],
    ['the only one', z.literal('red'), 'x', [['', 'invalid_value', 'expected "red", got "x"']]],
    [
      'none of several',
      z.object({ c: z.enum(['a', 'b']) }),
      {},
      [['/c', 'missing', 'is missing; expected one of "a", "b"']],
    ],
    [
      'an unknown member',
      z.strictObject({ colour: z.any().optional() }),
      { color: 1 },
      [['/color', 'unknown_field', '"color" is not a field here; did you mean "colour"?']],
    ],
    [
      'an unknown member of nothing',
      z.strictObject({}),
      { color: 1 },
      [['/color', 'unknown_field', '"color" is not a field here']],
    ],
    [
      'a member whose name needs escaping',
      z.strictObject({}),
      { 'a/b~c': 1 },
      [['/a~1b~0c', 'unknown_field', '"a/b~c" is not a field here']],
    ],
    [
      'an alternative',
      z.discriminatedUnion('k', [z.object({ k: z.literal('one') }), z.object({ k: z.literal('two') })]),
      { k: 'onee' },
      [['/k', 'invalid_value', 'expected one of "one", "two", got "onee"; did you mean "one"?']],
    ],
    [
      'a union of which nothing fits',
      z.union([z.string(), z.number()]),
      true,
      [['', 'invalid_value', 'Invalid input']],
    ],
    [
      'the alternative that fits best',
      z.object({ size: z.union([z.string(), z.strictObject({ width: z.int().min(1), height: z.int() })]) }),
      { size: { width: 0, height: 1 } },
      [['/size/width', 'too_small', 'expected a whole number from 1, got 0']],
    ],
    [
      'unknown members where the schema has its own words',
      z.strictObject({ name: z.any().optional() }, { error: 'only a name' }),
      { nmae: 1 },
      [['/nmae', 'unknown_field', '"nmae" is not a field here']],
    ],
    [
      'a missing union',
      z.object({ u: z.union([z.string(), z.number()]) }),
      {},
      [['/u', 'missing', 'is missing']],
    ],
    [
      'a rule of the schema’s own',
      z.string().refine(() => false, 'must rhyme'),
      'x',
      [['', 'custom', 'must rhyme']],
    ],
    ['a pattern', z.string().regex(/^a$/, 'must be a'), 'x', [['', 'invalid_format', 'must be a']]],
    [
      'a set',
      z.set(z.string()).min(1),
      new Set(),
      [['', 'too_small', 'Too small: expected set to have >=1 items']],
    ],
  ])('for %s', (_, schema, value, expected) => {
    expect(mistakes(schema, value)).toEqual(expected);
  });

  it('finds a value in its place in the body', () => {
    const parsed = tryParse(z.array(z.number()), [1, 'x'], '/payload/numbers');
    expect(parsed).toEqual({
      mistakes: [
        { pointer: '/payload/numbers/1', code: 'invalid_type', message: 'expected a number, got "x"' },
      ],
    });
  });
});

describe('parse', () => {
  it('gives the value, with its defaults', () => {
    expect(parse(z.object({ n: z.number().default(3) }), {})).toEqual({ n: 3 });
  });

  it('throws one failure for all mistakes; its detail is the mistake when there is one', () => {
    expect(() => parse(z.string(), 1)).toThrow(
      expect.objectContaining({ code: 'validation_failed', detail: 'expected a string, got 1' }),
    );
    expect(() => parse(z.object({ a: z.string(), b: z.string() }), {})).toThrow(
      expect.objectContaining({ detail: '2 values are wrong; `errors` lists them.' }),
    );
  });
});

it('pointerOf escapes ~ and / (RFC 6901)', () => {
  expect(pointerOf(['a/b', 'm~n', 0])).toBe('/a~1b/m~0n/0');
});

it('stays quick, and short, whatever it is given', () => {
  const startMs = performance.now();
  const wrong = [
    tryParse(z.array(z.number().min(1)), Array(200_000).fill('')),
    tryParse(
      z.strictObject({ name: z.any() }),
      Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, 1])),
    ),
    tryParse(z.enum(['a-value']), 'x'.repeat(9_000_000)),
  ];
  for (const parsed of wrong) expect('mistakes' in parsed && parsed.mistakes.length).toBeLessThanOrEqual(100);
  // Each took seconds when the words were made anew for every mistake.
  expect(performance.now() - startMs).toBeLessThan(3_000);
});
