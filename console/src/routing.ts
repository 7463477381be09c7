/**
 * Where the reader is. The place is in the fragment of the URL (`#/jobs?status=failed`): the server has one page, and the
 * console works at any path, behind any prefix, without knowing it.
 */
import { useSyncExternalStore } from 'react';

export interface Route {
  /** `['jobs', 'calculation_01…']` */
  parts: readonly string[];
  query: URLSearchParams;
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return routeOf(hash);
}

/** @example hrefTo(['jobs', id]) // '#/jobs/calculation_01…' */
export function hrefTo(
  parts: readonly string[],
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const text = new URLSearchParams(given).toString();
  return `#/${parts.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`;
}

/** @param replace Leaves no step in the history, as when a filter changes with each letter. */
export function goTo(href: string, { replace = false } = {}): void {
  if (replace) location.replace(href);
  else location.assign(href);
}

/** Path of the folder that the page is in, without a slash at its end: what the API's paths begin with. */
export const basePath = new URL('.', document.baseURI).pathname.replace(/\/$/, '');

function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { parts: path.split('/').filter(Boolean).map(decode), query: new URLSearchParams(query) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function subscribe(onChange: () => void): () => void {
  addEventListener('hashchange', onChange);
  return () => removeEventListener('hashchange', onChange);
}
