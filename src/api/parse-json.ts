/** Parses JSON from bytes, or says exactly what is wrong with it: not UTF-8, not JSON (and where it breaks), too large. */
import { isUtf8 } from 'node:buffer';
import { visit } from 'jsonc-parser';
import type { Config } from '../config.js';
import { type Failure, failure } from '../models/failure.js';
import { type JsonLimits, overLimit } from '../models/json-limits.js';

/** In a text: both count from 1. */
export interface TextPosition {
  line: number;
  column: number;
}

export interface ParseJsonOptions {
  limits: JsonLimits;
  /** What the bytes are, as the subject of a sentence. */
  what: string;
  /** Where they begin in the body. */
  at?: TextPosition;
}

/** @throws Failure `invalid_encoding`, `invalid_json`, `json_too_deep`, `json_too_large` */
export function parseJson(bytes: Buffer, { limits, what, at }: ParseJsonOptions): unknown {
  if (!isUtf8(bytes)) throw failure('invalid_encoding', `${what} holds bytes that are not UTF-8.`);
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw failure('invalid_json', `${mistakeIn(text, error, what, at)}.`);
  }
  const over = overLimit(value, limits);
  if (over !== undefined) throw tooLarge[over](what, limits);
  return value;
}

export const jsonLimitsOf = (config: Config): JsonLimits => ({
  depthMax: config.jsonDepthMax,
  stringMax: config.jsonStringMax,
  itemsMax: config.jsonItemsMax,
  membersMax: config.jsonMembersMax,
});

const tooLarge: Record<keyof JsonLimits, (what: string, limits: JsonLimits) => Failure> = {
  depthMax: (what, { depthMax }) =>
    failure('json_too_deep', `${what} is nested deeper than ${depthMax} levels.`),
  stringMax: (what, { stringMax }) =>
    failure('json_too_large', `${what} has a text, or a name, of more than ${stringMax} characters.`),
  itemsMax: (what, { itemsMax }) =>
    failure('json_too_large', `${what} has an array of more than ${itemsMax} items.`),
  membersMax: (what, { membersMax }) =>
    failure('json_too_large', `${what} has an object of more than ${membersMax} members.`),
};

export const placeOf = ({ line, column }: TextPosition) => `line ${line}, column ${column}`;

/** Where the text stops being JSON. V8's own message gives no position. */
function mistakeIn(
  text: string,
  error: unknown,
  what: string,
  at: TextPosition = { line: 1, column: 1 },
): string {
  const endsEarly = error instanceof Error && error.message.includes('end of JSON input');
  const offset = endsEarly ? text.length : offsetOfMistake(text);
  if (offset === undefined) return `${what} is not JSON`;
  const before = text.slice(0, offset);
  const lines = before.split('\n').length - 1;
  const column = offset - before.lastIndexOf('\n');
  const place = { line: at.line + lines, column: lines === 0 ? at.column - 1 + column : column };
  const found =
    offset >= text.length ? 'The JSON ends too early' : `Unexpected ${JSON.stringify(text[offset])}`;
  return `${found} at ${placeOf(place)}`;
}

function offsetOfMistake(text: string): number | undefined {
  let offset: number | undefined;
  const onError = (_error: unknown, at: number) => {
    offset = at;
    throw new Error('the first mistake is enough');
  };
  try {
    visit(text, { onError }, { disallowComments: true, allowTrailingComma: false });
  } catch {
    // Stopped at the first mistake; or its recursion ended on what is nested a million deep.
  }
  return offset;
}
