/** A person's or organisation's name, in one spelling. It is not split: what is a family name differs by culture. */
import { z } from 'zod';
import { defineFieldKind, type Finding } from './field-kind.js';
import { ownRules, unicode } from './sources.js';

const scripts = [
  'Latin',
  'Cyrillic',
  'Greek',
  'Arabic',
  'Hebrew',
  'Devanagari',
  'Han',
  'Hiragana',
  'Katakana',
  'Hangul',
  'Thai',
  'Armenian',
  'Georgian',
] as const;

const facts = z.strictObject({
  valid: z.boolean().describe('Whether it holds a letter.'),
  reason: z.enum(['empty', 'no_letters']).optional().describe('Why it is not valid.'),
  normalized: z.string().optional().describe('Unicode NFC, single spaces.'),
  words: z.array(z.string()).optional(),
  initials: z.string().optional().describe('First letters of its words, in capitals.'),
  scripts: z.array(z.string()).optional().describe('Writing systems of its letters.'),
  sortKey: z
    .string()
    .optional()
    .describe('Without case and accents: equal for names that differ only in these.'),
});

export const name = defineFieldKind({
  input: z.string().max(500).describe('A name of a person or an organisation.'),
  facts,
  enrich: (value): Finding<z.output<typeof facts>> => ({ facts: spell(value), sources: [ownRules, unicode] }),
});

function spell(value: string): z.output<typeof facts> {
  const normalized = value.normalize('NFC').replace(/\s+/gu, ' ').trim();
  if (normalized === '') return { valid: false, reason: 'empty' };
  if (!/\p{L}/u.test(normalized)) return { valid: false, reason: 'no_letters', normalized };
  const words = normalized.split(' ');
  return {
    valid: true,
    normalized,
    words,
    initials: words.map((word) => (/\p{L}/u.exec(word)?.[0] ?? '').toUpperCase()).join(''),
    scripts: scripts.filter((script) => new RegExp(`\\p{Script=${script}}`, 'u').test(normalized)),
    sortKey: normalized.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase(),
  };
}
