import { z } from 'zod';
import { dissectDomain, domainParts, domainReasons, publicSuffixList } from './domain-name.js';
import { defineFieldKind } from './field-kind.js';

export const domain = defineFieldKind({
  input: z.string().max(1_000).describe('A domain name, in ASCII or Unicode.'),
  facts: z.strictObject({
    valid: z.boolean().describe('Whether it is a well-formed name under a known public suffix.'),
    reason: z.enum(domainReasons).optional().describe('Why it is not valid.'),
    ...domainParts,
  }),
  enrich: async (value) => ({ facts: await dissectDomain(value), sources: [await publicSuffixList()] }),
});
