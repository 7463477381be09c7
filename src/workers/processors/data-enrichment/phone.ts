/** A phone number: where it belongs, what sort of line it is, and how it is written. */
import { z } from 'zod';
import { defineFieldKind } from './field-kind.js';
import { packageSource } from './sources.js';

const facts = z.strictObject({
  valid: z.boolean().describe('Whether the number fits a range that its country has assigned.'),
  possible: z.boolean().describe('Whether at least its length fits.'),
  reason: z
    .enum(['empty', 'not_a_number', 'no_country', 'too_short', 'too_long', 'invalid_length', 'not_assigned'])
    .optional()
    .describe('Why it is not valid. `no_country`: it has no known calling code, and no country was given.'),
  country: z.string().optional().describe('ISO 3166-1 alpha-2; absent for numbers of no country (+800).'),
  callingCode: z.string().optional(),
  nationalNumber: z.string().optional().describe('Its digits after the calling code.'),
  extension: z.string().optional(),
  type: z
    .enum([
      'fixed_line',
      'fixed_line_or_mobile',
      'mobile',
      'pager',
      'personal_number',
      'premium_rate',
      'shared_cost',
      'toll_free',
      'uan',
      'voicemail',
      'voip',
    ])
    .optional()
    .describe('The sort of line, where its range tells.'),
  formats: z
    .strictObject({
      e164: z.string().describe('For machines: +4930901820.'),
      international: z.string(),
      national: z.string(),
      rfc3966: z.string().describe('As a link: tel:….'),
    })
    .optional(),
});

type Facts = z.output<typeof facts>;

export const phone = defineFieldKind({
  input: z
    .string()
    .max(250)
    .describe(
      'A phone number, international (+49…) or in the notation of `defaults.country` or of the record’s country.',
    ),
  facts,
  enrich: async (value, { country }) => ({
    facts: await dissectPhone(value.trim(), country),
    sources: [await packageSource('libphonenumber-js', 'MIT')],
  }),
});

/** The parser would find a number within a sentence; a field that holds a sentence holds no number. */
const hasOtherWords = (text: string) =>
  /\p{L}/u.test(text.replace(/^tel:/i, '').replace(/(;\s*ext=|ext(ension|n)?\.?|x)\s*\d+$/i, ''));

const reasonOf: Record<string, NonNullable<Facts['reason']>> = {
  NOT_A_NUMBER: 'not_a_number',
  INVALID_COUNTRY: 'no_country',
  TOO_SHORT: 'too_short',
  TOO_LONG: 'too_long',
  INVALID_LENGTH: 'invalid_length',
};

async function dissectPhone(text: string, country: string | undefined): Promise<Facts> {
  if (text === '') return { valid: false, possible: false, reason: 'empty' };
  if (hasOtherWords(text)) return { valid: false, possible: false, reason: 'not_a_number' };
  const { ParseError, isSupportedCountry, parsePhoneNumberWithError, validatePhoneNumberLength } =
    await import('libphonenumber-js/max');
  const defaultCountry = country !== undefined && isSupportedCountry(country) ? country : undefined;
  try {
    const number = parsePhoneNumberWithError(text, { defaultCountry });
    const type = facts.shape.type.safeParse(number.getType()?.toLowerCase()).data;
    const valid = number.isValid();
    const wrongLength = validatePhoneNumberLength(text, { defaultCountry });
    return {
      valid,
      possible: number.isPossible(),
      ...(valid ? {} : { reason: wrongLength === undefined ? 'not_assigned' : reasonOf[wrongLength] }),
      ...(number.country === undefined ? {} : { country: number.country }),
      callingCode: number.countryCallingCode,
      nationalNumber: number.nationalNumber,
      ...(number.ext === undefined ? {} : { extension: number.ext }),
      ...(type === undefined ? {} : { type }),
      formats: {
        e164: number.number,
        international: number.formatInternational(),
        national: number.formatNational(),
        rfc3966: number.getURI(),
      },
    };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return { valid: false, possible: false, reason: reasonOf[error.message] ?? 'not_a_number' };
  }
}
