/**
 * A text: its language, its counts, how long it takes to read and how hard it is. The indices are those that
 * count letters, words and sentences, not syllables, which would need a dictionary for each language.
 */
import { z } from 'zod';
import { defineFieldKind } from './field-kind.js';
import { ownRules, packageSource, unicode } from './sources.js';

const facts = z.strictObject({
  valid: z.boolean().describe('Whether it holds a word.'),
  reason: z.enum(['empty', 'no_words']).optional().describe('Why it is not valid.'),
  language: z
    .strictObject({
      code: z.string().describe('ISO 639-1, or 639-3 where that has none.'),
      name: z.string(),
      confidence: z
        .number()
        .describe('0 to 1; the share of what was recognised that speaks for this language.'),
    })
    .optional(),
  characters: z.int().optional().describe('Unicode code points.'),
  charactersWithoutSpaces: z.int().optional(),
  words: z.int().optional(),
  uniqueWords: z.int().optional().describe('Without regard to case.'),
  sentences: z.int().optional(),
  paragraphs: z.int().optional().describe('Parted by empty lines.'),
  averageWordLength: z.number().optional().describe('Letters and digits a word.'),
  averageSentenceLength: z.number().optional().describe('Words a sentence.'),
  readingTimeSeconds: z.int().optional().describe('At 238 words a minute (Brysbaert 2019), rounded up.'),
  readability: z
    .strictObject({
      lix: z
        .number()
        .optional()
        .describe('LIX: below 30 very easy, above 60 very hard. Languages with spaces.'),
      automatedReadabilityIndex: z.number().optional().describe('US school grade. English only.'),
      colemanLiauIndex: z.number().optional().describe('US school grade. English only.'),
    })
    .optional()
    .describe('From 20 words on: below that the indices mean nothing.'),
});

type Facts = z.output<typeof facts>;

export const text = defineFieldKind({
  input: z.string().max(20_000).describe('A text in any language, at most 20,000 characters.'),
  facts,
  enrich: async (value) => ({
    facts: await read(value),
    sources: [ownRules, unicode, await packageSource('tinyld', 'MIT')],
  }),
});

/** Scripts that write words without a space between them. */
const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

async function read(value: string): Promise<Facts> {
  if (value.trim() === '') return { valid: false, reason: 'empty' };
  const spaced = !unspaced.test(value);
  const words = spaced ? spacedWords(value) : segmentedWords(value);
  if (words.length === 0) return { valid: false, reason: 'no_words' };
  const language = await languageOf(value);
  const sentences = countSentences(value);
  const letters = words.reduce(
    (sum, word) => sum + [...word].filter((char) => /[\p{L}\p{N}]/u.test(char)).length,
    0,
  );
  const index = spaced
    ? readability({ words, letters, sentences, english: language?.code === 'en' })
    : undefined;
  return {
    valid: true,
    ...(language === undefined ? {} : { language }),
    characters: [...value].length,
    charactersWithoutSpaces: [...value.replace(/\s/gu, '')].length,
    words: words.length,
    uniqueWords: new Set(words.map((word) => word.toLowerCase())).size,
    sentences,
    paragraphs: value.split(/\n\s*\n/).filter((part) => part.trim() !== '').length,
    averageWordLength: rounded(letters / words.length),
    averageSentenceLength: rounded(words.length / sentences),
    readingTimeSeconds: Math.ceil((words.length / 238) * 60),
    ...(index === undefined ? {} : { readability: index }),
  };
}

/** A letter or digit, and what joins such within a word: don’t, e-mail, 3.14. */
const spacedWords = (value: string): string[] =>
  value.match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:['’._-][\p{L}\p{N}][\p{L}\p{M}\p{N}]*)*/gu) ?? [];

/** Clause by clause: the segmenter copies all of its text for every word that it is asked for. */
const segmentedWords = (value: string): string[] => {
  const segmenter = new Intl.Segmenter('und', { granularity: 'word' });
  return (value.match(/[^。！？、，\n]{1,500}/gu) ?? []).flatMap((clause) =>
    [...segmenter.segment(clause)].filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment),
  );
};

/**
 * An end is a mark before a space or the end of the text, so that 3.14 and example.com hold none. The
 * look-behind keeps a long run of marks from being read again from each of them.
 */
const countSentences = (value: string): number =>
  Math.max(
    1,
    value
      .split(/(?<![.!?…])[.!?…]+["'”’»)\]]*(?=\s|$)|[。！？]+[」』”’]*|\n\s*\n/u)
      .filter((part) => /[\p{L}\p{N}]/u.test(part)).length,
  );

async function languageOf(value: string): Promise<Facts['language']> {
  const { detectAll, langName, toISO3 } = await import('tinyld');
  // The first lines settle it, and the detector's time grows with the text.
  const [best] = detectAll(value.slice(0, 2_000));
  if (best === undefined) return undefined;
  return { code: best.lang, name: langName(toISO3(best.lang)), confidence: Number(best.accuracy.toFixed(4)) };
}

interface Counts {
  words: readonly string[];
  letters: number;
  sentences: number;
  english: boolean;
}

function readability({ words, letters, sentences, english }: Counts): Facts['readability'] {
  const count = words.length;
  if (count < 20) return undefined;
  const long = words.filter((word) => [...word].length > 6).length;
  const lix = rounded(count / sentences + (100 * long) / count);
  if (!english) return { lix };
  return {
    lix,
    automatedReadabilityIndex: rounded(4.71 * (letters / count) + 0.5 * (count / sentences) - 21.43),
    colemanLiauIndex: rounded(5.88 * (letters / count) - 29.6 * (sentences / count) - 15.8),
  };
}

const rounded = (value: number): number => Number(value.toFixed(2));
