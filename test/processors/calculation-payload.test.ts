import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import calculation from '../../src/workers/processors/calculation.js';
import { mistakes } from './calculation-run.js';

const fibonacciBounds = 'n: must be a whole number from 0 to 100000';
const primeBounds = 'n: must be a whole number from 2 to 9007199254740991';
const atLeastOne = 'numbers: must hold at least 1 number';

describe('calculation: payloads that are refused', () => {
  it.each([
    ['no numbers', { operation: 'sum', numbers: [] }, [atLeastOne]],
    ['no numbers for a sample', { operation: 'variance', numbers: [], kind: 'sample' }, [atLeastOne]],
    ['fibonacci of -1', { operation: 'fibonacci', n: -1 }, [fibonacciBounds]],
    ['fibonacci of 1.5', { operation: 'fibonacci', n: 1.5 }, [fibonacciBounds]],
    ['fibonacci of 1e9', { operation: 'fibonacci', n: 1e9 }, [fibonacciBounds]],
    ['fibonacci of a string', { operation: 'fibonacci', n: '10' }, [fibonacciBounds]],
    ['prime factors of 1', { operation: 'prime_factors', n: 1 }, [primeBounds]],
    ['prime factors of -12', { operation: 'prime_factors', n: -12 }, [primeBounds]],
    ['fibonacci of 1e300', { operation: 'fibonacci', n: 1e300 }, [fibonacciBounds]],
    ['prime factors past 2^53', { operation: 'prime_factors', n: 9007199254740992 }, [primeBounds]],
    [
      'a sample of one',
      { operation: 'standard_deviation', numbers: [3], kind: 'sample' },
      ['numbers: must hold at least 2 numbers when `kind` is "sample"'],
    ],
    [
      'a vertical line',
      { operation: 'linear_regression', x: [2, 2, 2], y: [1, 2, 3] },
      ['x: must hold at least 2 different numbers: a vertical line has no slope'],
    ],
    [
      'unequal lists',
      { operation: 'linear_regression', x: [1, 2, 3], y: [1, 2] },
      ['y: must hold as many numbers as `x`: expected 3, received 2'],
    ],
    [
      'one point',
      { operation: 'linear_regression', x: [1], y: [1] },
      ['x: must hold at least 2 numbers', 'y: must hold at least 2 numbers'],
    ],
    [
      'percentiles out of range',
      { operation: 'percentiles', numbers: [1], percentiles: [-1, 50, 100.1] },
      ['percentiles.0: must be a number from 0 to 100', 'percentiles.2: must be a number from 0 to 100'],
    ],
    [
      'no bins',
      { operation: 'histogram', numbers: [1], bins: 0 },
      ['bins: must be a whole number from 1 to 10000'],
    ],
    [
      'a string and a null among the numbers',
      { operation: 'sum', numbers: [1, '2', null] },
      [
        'numbers.1: Invalid input: expected number, received string',
        'numbers.2: Invalid input: expected number, received null',
      ],
    ],
    [
      '1e400, which JSON reads as infinity',
      { operation: 'sum', numbers: [JSON.parse('1e400')] },
      ['numbers.0: Invalid input: expected number, received Infinity'],
    ],
    [
      'a key of another operation',
      { operation: 'sum', numbers: [1], kind: 'sample' },
      [': Unrecognized key: "kind"'],
    ],
  ])('%s', (_title, payload, expected) => {
    expect(mistakes(payload)).toStrictEqual(expected);
  });

  it.each([[{ operation: 'sums', numbers: [1] }], [{ numbers: [1] }]])(
    'an unknown or missing operation, with the list of all: %j',
    (payload) => {
      const [mistake, ...more] = mistakes(payload);
      expect(more).toStrictEqual([]);
      expect(mistake).toMatch(/^operation: .*'complex' \| 'sum' \| .* \| 'prime_factors'$/);
    },
  );

  it.each([[null], ['sum'], [[1, 2]], [undefined]])('what is no object: %j', (payload) => {
    expect(mistakes(payload)).toHaveLength(1);
  });

  it('more than a million numbers', () => {
    const numbers = new Array(1_000_001).fill(1);
    expect(mistakes({ operation: 'sum', numbers })).toStrictEqual([
      'numbers: must hold at most 1000000 numbers',
    ]);
  });
});

describe('calculation: its contract as JSON Schema', () => {
  const converted = JSON.parse(
    JSON.stringify(z.toJSONSchema(calculation.payload, { target: 'draft-2020-12', io: 'input' })),
  );

  it('tells the operations apart by a constant, each with a title', () => {
    const options = converted.$defs.CalculationPayload.oneOf;
    const operations = options.map((option: { properties: { operation: { const: string } } }) => {
      return option.properties.operation.const;
    });
    expect(operations).toHaveLength(13);
    expect(new Set(operations).size).toBe(13);
    for (const option of options) {
      expect(option).toMatchObject({ title: expect.any(String), additionalProperties: false });
      expect(option.required).toContain('operation');
    }
  });

  it('states the bounds, and does not require what has a default', () => {
    const option = (operation: string) =>
      converted.$defs.CalculationPayload.oneOf.find(
        (one: { properties: { operation: { const: string } } }) =>
          one.properties.operation.const === operation,
      );
    expect(option('sum').properties.numbers).toMatchObject({ minItems: 1, maxItems: 1_000_000 });
    expect(option('fibonacci').properties.n).toMatchObject({ type: 'integer', minimum: 0, maximum: 100_000 });
    expect(option('variance').required).toStrictEqual(['operation', 'numbers']);
  });

  it('converts the result as well', () => {
    expect(() => z.toJSONSchema(calculation.result, { target: 'draft-2020-12', io: 'output' })).not.toThrow();
  });

  it.each([
    [{ sum: Number.NaN }],
    [{ sum: Number.POSITIVE_INFINITY }],
    [{ sum: null }],
    [{ sum: 1, more: 2 }],
  ])('refuses the result %o', (result) => {
    expect(calculation.result.safeParse(result).success).toBe(false);
  });
});
