/**
 * What bytes are, by looking at the first of them. The name only decides between kinds of text, which have no
 * signature of their own.
 *
 * 1. SVG, also behind a byte order mark, a prolog, comments or a DOCTYPE, and also gzipped.
 * 2. A signature that file-type knows.
 * 3. Text in UTF-8, told apart by name.
 * 4. Else `application/octet-stream`.
 */
import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { fileTypeFromBuffer } from 'file-type';
import { extensionOf } from './file-name.js';

/** So many of the first bytes are looked at. */
export const headBytesMax = 65_536;

export const svgMediaType = 'image/svg+xml';
const unknownMediaType = 'application/octet-stream';

const textMediaTypes: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  json: 'application/json',
  geojson: 'application/geo+json',
  ndjson: 'application/x-ndjson',
  jsonl: 'application/x-ndjson',
  md: 'text/markdown',
};

/** Signatures made of letters that a format of text may really begin with; any other in a text is chance. */
const textualSignature = /^(text\/|application\/(pdf|xml|rtf|postscript|eps|x-.*sh|vnd\.|.*\+xml$))/;

/** @param head The first `headBytesMax` bytes, or all there are. */
export async function sniff(head: Uint8Array, name: string): Promise<string> {
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  if (isSvg(isGzip ? await inflatedHead(head) : head)) return svgMediaType;
  const text = utf8Text(head);
  const found = (await fileTypeFromBuffer(head))?.mime ?? tiff(head);
  if (found !== undefined && (text === undefined || textualSignature.test(found))) return found;
  if (text === undefined) return unknownMediaType;
  return textMediaTypes[extensionOf(name)] ?? (isJson(text) ? 'application/json' : 'text/plain');
}

/** The directory of a TIFF is often its end, where file-type cannot see it. */
function tiff(head: Uint8Array): string | undefined {
  const start = Buffer.from(head.subarray(0, 4)).toString('latin1');
  return start === 'II*\0' || start === 'MM\0*' ? 'image/tiff' : undefined;
}

function isSvg(head: Uint8Array): boolean {
  const text = decoded(head).trimStart();
  if (!text.startsWith('<')) return false;
  const prologue = /^(?:\s+|<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!doctype(?:[^[>]|\[[\s\S]*?\]\s*(?=>))*>)+/i;
  return /^<(?:[\w.-]+:)?svg[\s/>]/i.test(text.replace(prologue, ''));
}

function decoded(head: Uint8Array): string {
  const [first, second] = head;
  const isUtf16BigEndian = (first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c);
  const isUtf16 = isUtf16BigEndian || (first === 0xff && second === 0xfe) || (first === 0x3c && second === 0);
  if (!isUtf16) return new TextDecoder('utf-8').decode(head);
  // An even number of bytes, which is what swap16 wants.
  const pairs = Buffer.from(head.subarray(0, head.length - (head.length % 2)));
  return new TextDecoder('utf-16le').decode(isUtf16BigEndian ? pairs.swap16() : pairs);
}

async function inflatedHead(head: Uint8Array): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of Readable.from([head]).pipe(createGunzip())) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= headBytesMax) break;
    }
  } catch {
    // The head ends within the stream, or it is not gzip after all: what came out until then is looked at.
  }
  return Buffer.concat(chunks).subarray(0, headBytesMax);
}

/** The text, or undefined where the bytes are not UTF-8 or hold control characters that text does not have. */
function utf8Text(head: Uint8Array): string | undefined {
  try {
    // `stream`: a character may be cut at the end of a full head, and only there.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, {
      stream: head.length >= headBytesMax,
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for
    return /[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
