/** A country by code or name, with the facts about it. */
import { z } from 'zod';
import { countryFacts, countryParts, countrySources } from './country-facts.js';
import { defineFieldKind, type Finding } from './field-kind.js';

const facts = z.strictObject({
  valid: z.boolean().describe('Whether it names a country that is known.'),
  reason: z.enum(['empty', 'unknown']).optional().describe('Why it is not valid.'),
  ...countryParts,
});

export const country = defineFieldKind({
  input: z
    .string()
    .max(250)
    .describe('A country: ISO 3166-1 code of two or three letters, or its English or native name.'),
  facts,
  async enrich(value): Promise<Finding<z.output<typeof facts>>> {
    const sources = await countrySources();
    if (value.trim() === '') return { facts: { valid: false, reason: 'empty' }, sources };
    const code = await countryCode(value);
    const found = code === undefined ? undefined : await countryFacts(code);
    return {
      facts: found === undefined ? { valid: false, reason: 'unknown' } : { valid: true, ...found },
      sources,
    };
  },
});

let codes: ReadonlyMap<string, string> | undefined;

/** The alpha-2 code of a country given by code or name; undefined when none is meant. */
export async function countryCode(given: string): Promise<string | undefined> {
  codes ??= await readCodes();
  return codes.get(fold(given));
}

/** Names are compared without case, accents, punctuation and the article. */
const fold = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .replace(/^the | the$/g, '')
    .trim();

async function readCodes(): Promise<ReadonlyMap<string, string>> {
  const { getCountryDataList } = await import('countries-list');
  const countries = getCountryDataList();
  // What comes later wins: a code is never shadowed by a name, nor a name by another country's alias.
  return new Map([
    ...countries.flatMap(({ iso2, alias }) =>
      (alias ?? []).map((name): [string, string] => [fold(name), iso2]),
    ),
    ...countries.map(({ iso2, native }): [string, string] => [fold(native), iso2]),
    ...countries.map(({ iso2, name }): [string, string] => [fold(name), iso2]),
    ['uk', 'GB'] as const,
    ...countries.flatMap(({ iso2, iso3 }): [string, string][] => [
      [fold(iso3), iso2],
      [fold(iso2), iso2],
    ]),
  ]);
}
