/**
 * Where what is in the bucket:
 *
 *     stored/<xx>/<id>.<expires>.<random>   bytes
 *     stored/<xx>/<id>.json                 the record, which names the bytes
 *     check                                 written to see whether anything can be
 *
 * `<xx>` are the last two characters of the id, which are random: S3 serves so many requests a second for each beginning
 * of a key. All that belongs to one file is neighbours in a listing, and `<expires>`, in milliseconds since the epoch, tells
 * the sweep when to look, so that it need not read what has not expired.
 */
export const storedPrefix = 'stored/';
export const checkKey = 'check';

const folderOf = (id: string) => `${storedPrefix}${id.slice(-2)}/`;

export const recordKey = (id: string): string => `${folderOf(id)}${id}.json`;

export const contentKey = (id: string, contentName: string): string => folderOf(id) + contentName;

export const contentNameOf = (id: string, expiresMs: number, random: string): string =>
  `${id}.${expiresMs}.${random}`;

/** A key of a file: of its record, or of bytes with the time when they expire. */
export interface ParsedKey {
  id: string;
  content?: { name: string; expiresMs: number };
}

/** Undefined where the key is nobody's here. */
export function parseKey(key: string): ParsedKey | undefined {
  const [, name = '', id = '', ending = ''] =
    /^stored\/\w\w\/((file_\w{26})\.(json|\d+\.\w+))$/.exec(key) ?? [];
  if (id === '') return undefined;
  if (ending === 'json') return { id };
  return { id, content: { name, expiresMs: Number.parseInt(ending, 10) } };
}
