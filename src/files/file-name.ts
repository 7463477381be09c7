/**
 * The name of a file as the store keeps it: for people and for `Content-Disposition`, never for a path. What
 * could deceive or break a header is taken out (folders, control characters, direction overrides); letters of
 * any script and emoji stay.
 */
import { Buffer } from 'node:buffer';

/** What the file systems of most clients can hold. */
const nameBytesMax = 255;
/** An ending that is longer is not an extension, and is not kept when a name is cut. */
const extensionBytesMax = 32;

/** @returns A name of 1 to 255 bytes; `file` where nothing is left. */
export function cleanFileName(given: string): string {
  const lastPart = given.split(/[/\\]/).findLast((part) => part.trim() !== '') ?? '';
  const clean = lastPart
    .normalize('NFC')
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim();
  return /^\.*$/.test(clean) ? 'file' : cut(clean);
}

/** The extension in lower case, without its dot; empty where there is none. */
export function extensionOf(name: string): string {
  return /[^.]\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
}

function cut(name: string): string {
  if (Buffer.byteLength(name) <= nameBytesMax) return name;
  const dot = name.lastIndexOf('.');
  const ending = dot > 0 && Buffer.byteLength(name.slice(dot)) <= extensionBytesMax ? name.slice(dot) : '';
  let room = nameBytesMax - Buffer.byteLength(ending);
  let stem = '';
  for (const character of name.slice(0, name.length - ending.length)) {
    room -= Buffer.byteLength(character);
    if (room < 0) break;
    stem += character;
  }
  return stem + ending;
}
