/**
 * The items of a JSON array, found without reading the array as a whole. Here only strings and brackets are looked at,
 * to see where an item ends; what it is, and whether it is JSON at all, `JSON.parse` says, as of any other body. Where
 * one is not JSON, nobody can say where the next begins: it is the last.
 */
import { type Failure, failure } from '../../models/failure.js';
import { placeOf } from '../parse-json.js';
import type { BatchItem, ItemLimits, ItemReader } from './batch-item.js';
import { ItemBytes } from './item-bytes.js';

/** What may come next. */
type Expected = 'array' | 'first item or end' | 'item' | 'rest of item' | 'comma or end' | 'nothing';

const [quote, comma, backslash] = [0x22, 0x2c, 0x5c];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

export class ArrayItems implements ItemReader {
  readonly #bytes: ItemBytes;
  #expected: Expected = 'array';
  /** In the item: levels that are open, and whether it is in a string, right behind a backslash. */
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  /** Of the byte at hand, and of the first one of the item. */
  #place = { line: 1, column: 1 };
  #itemPlace = this.#place;

  constructor(limits: ItemLimits) {
    this.#bytes = new ItemBytes(limits, 'An item');
  }

  *push(bytes: Buffer): Iterable<BatchItem> {
    let start = 0;
    for (const [index, byte] of bytes.entries()) {
      if (this.#isInItem && this.#isBehindScalar(byte)) {
        const item = this.#finish(bytes.subarray(start, index));
        yield item;
        if (isLast(item)) return;
      }
      if (!this.#isInItem) {
        const mistake = this.#between(byte);
        if (mistake !== undefined) return yield { failure: mistake, isLast: true };
        start = index;
      }
      if (this.#isInItem && this.#closes(byte)) {
        const item = this.#finish(bytes.subarray(start, index + 1));
        yield item;
        if (isLast(item)) return;
      }
      this.#advance(byte);
    }
    if (this.#isInItem) this.#bytes.add(bytes.subarray(start));
  }

  *end(): Iterable<BatchItem> {
    if (this.#expected === 'nothing') return;
    const mistake =
      this.#expected === 'array'
        ? failure('invalid_body', 'The body is empty; send a JSON array.')
        : failure('invalid_json', `The JSON ends too early at ${placeOf(this.#place)}.`);
    yield { failure: mistake, isLast: true };
  }

  get #isInItem(): boolean {
    return this.#expected === 'rest of item';
  }

  #finish(bytes: Buffer): BatchItem {
    this.#bytes.add(bytes);
    this.#expected = 'comma or end';
    const item = this.#bytes.take(this.#itemPlace);
    return 'failure' in item && item.failure.code === 'invalid_json' ? { ...item, isLast: true } : item;
  }

  /** What is no array and no object ends where something else begins; what is in between is for `JSON.parse`. */
  #isBehindScalar(byte: number): boolean {
    const mayEnd = this.#depth === 0 && !this.#inString;
    return mayEnd && (byte === comma || byte === closeBracket || isWhitespace(byte));
  }

  /** Takes a byte of an item. Returns whether it closes the outermost bracket. */
  #closes(byte: number): boolean {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (this.#inString) {
      if (byte === backslash) this.#isEscaped = true;
      else if (byte === quote) this.#inString = false;
    } else if (byte === quote) this.#inString = true;
    else if (byte === openBrace || byte === openBracket) this.#depth += 1;
    else if ((byte === closeBrace || byte === closeBracket) && this.#depth > 0) {
      this.#depth -= 1;
      return this.#depth === 0;
    }
    return false;
  }

  /** A byte between items. Returns what is wrong with it, if anything. */
  #between(byte: number): Failure | undefined {
    if (isWhitespace(byte)) return undefined;
    switch (this.#expected) {
      case 'array':
        if (byte === openBracket) this.#expected = 'first item or end';
        else if (byte === openBrace) return noArray();
        else if (!this.#isInByteOrderMark(byte)) return this.#unexpected(byte);
        return undefined;
      case 'comma or end':
        if (byte === comma) this.#expected = 'item';
        else if (byte === closeBracket) this.#expected = 'nothing';
        else return this.#unexpected(byte);
        return undefined;
      case 'first item or end':
      case 'item':
        if (byte === closeBracket && this.#expected === 'first item or end') this.#expected = 'nothing';
        else if (byte === comma || byte === closeBracket) return this.#unexpected(byte);
        else {
          this.#expected = 'rest of item';
          this.#itemPlace = { ...this.#place };
        }
        return undefined;
      default:
        return this.#unexpected(byte);
    }
  }

  #advance(byte: number): void {
    if (byte === 0x0a) this.#place = { line: this.#place.line + 1, column: 1 };
    // The bytes of a character count once.
    else if ((byte & 0xc0) !== 0x80) this.#place.column += 1;
  }

  #isInByteOrderMark(byte: number): boolean {
    const { line, column } = this.#place;
    if (line > 1 || column > 2 || ![0xef, 0xbb, 0xbf].includes(byte)) return false;
    if (byte === 0xef) this.#place.column = 0;
    return true;
  }

  #unexpected(byte: number): Failure {
    const found =
      byte > 0x20 && byte < 0x7f ? JSON.stringify(String.fromCharCode(byte)) : `byte 0x${byte.toString(16)}`;
    return failure('invalid_json', `Unexpected ${found} at ${placeOf(this.#place)}.`);
  }
}

const isLast = (item: BatchItem) => 'failure' in item && item.isLast === true;

const noArray = () =>
  failure(
    'validation_failed',
    'expected an array of jobs, got an object; POST /api/jobs takes a single job',
    {
      errors: [{ pointer: '', code: 'invalid_type', message: 'expected an array of jobs, got an object' }],
    },
  );

const isWhitespace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
