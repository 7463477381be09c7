/**
 * Where a page of a list ended, as an opaque text that belongs to that one list: to its filter, not to the size of its
 * pages.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../models/canonical-json.js';
import { prefixOf } from '../models/type-id.js';
import type { Place } from '../queue/lists/job-list.js';

export interface Cursor {
  place: Place;
  /** A digest of the filter. */
  list: string;
}

const cursorSchema = z.tuple([
  z.string(),
  z.int().min(0),
  z.string().refine((id) => prefixOf(id) !== undefined),
]);

/** @param filter Its members that are undefined do not count. */
export const listOf = (filter: object): string =>
  createHash('sha256').update(canonicalJson(filter)).digest('base64url').slice(0, 16);

export const cursorText = ({ place: { atMs, id }, list }: Cursor): string =>
  Buffer.from(JSON.stringify([list, atMs, id])).toString('base64url');

/** Undefined for a text that is none. */
export function cursorOf(text: string): Cursor | undefined {
  const parsed = cursorSchema.safeParse(jsonOf(Buffer.from(text, 'base64url').toString()));
  if (!parsed.success) return undefined;
  const [list, atMs, id] = parsed.data;
  const cursor = { place: { atMs, id }, list };
  return cursorText(cursor) === text ? cursor : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
