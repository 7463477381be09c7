/** What is known of a country, by its code. Of use to the fields `country` and `ip`. */
import { z } from 'zod';
import { packageSource, type Source } from './sources.js';

const named = z.strictObject({ code: z.string(), name: z.string() });

export const countryParts = {
  code: z.string().optional().describe('ISO 3166-1 alpha-2.'),
  code3: z.string().optional().describe('ISO 3166-1 alpha-3.'),
  name: z.string().optional().describe('In English.'),
  nativeName: z.string().optional(),
  capital: z.string().optional(),
  continent: named.optional(),
  callingCodes: z.array(z.string()).optional().describe('With the plus: +49.'),
  currencies: z
    .array(
      z.strictObject({
        code: z.string().describe('ISO 4217.'),
        name: z.string(),
        symbol: z.string(),
        numeric: z.string(),
        decimals: z.int(),
      }),
    )
    .optional(),
  languages: z
    .array(z.strictObject({ code: z.string(), name: z.string(), nativeName: z.string() }))
    .optional(),
  timeZones: z.array(z.string()).optional().describe('IANA names.'),
  flag: z.string().optional().describe('As an emoji.'),
};

const countryPartsSchema = z.strictObject(countryParts);
export type CountryFacts = z.output<typeof countryPartsSchema>;

export const countrySources = async (): Promise<Source[]> => [
  await packageSource('countries-list', 'MIT'),
  await packageSource('countries-and-timezones', 'MIT'),
];

/** @param code ISO 3166-1 alpha-2, upper case. Undefined for a code of no country. */
export async function countryFacts(code: string): Promise<CountryFacts | undefined> {
  const [{ continents, countries, getCountryData, getEmojiFlag, languages }, { currencies }, timeZones] =
    await Promise.all([
      import('countries-list'),
      import('countries-list/currencies'),
      import('countries-and-timezones'),
    ]);
  const isKnown = (text: string): text is keyof typeof countries => Object.hasOwn(countries, text);
  if (!isKnown(code)) return undefined;
  const data = getCountryData(code);
  return {
    code: data.iso2,
    code3: data.iso3,
    name: data.name,
    nativeName: data.native,
    ...(data.capital === '' ? {} : { capital: data.capital }),
    continent: { code: data.continent, name: continents[data.continent] },
    callingCodes: data.phone.map((number) => `+${number}`),
    currencies: data.currency.map((currency) => {
      const { name, symbol, numeric, decimals } = currencies[currency];
      return { code: currency, name, symbol, numeric, decimals };
    }),
    languages: data.languages.map((language) => {
      const { name, native } = languages[language];
      return { code: language, name, nativeName: native };
    }),
    timeZones: [...(timeZones.getCountry(code)?.timezones ?? [])],
    flag: getEmojiFlag(code),
  };
}
