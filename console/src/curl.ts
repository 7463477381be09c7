/** The same in a terminal: what the console does, anybody can do with `curl`. */
import { basePath } from './routing.js';

interface Call {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** From `/api` on. */
  path: string;
  json?: unknown;
  /** Whether the server wants a key; its place is held by a variable. */
  hasKey: boolean;
}

/** @example curlOf({ path: '/api/stats', hasKey: false }) // curl -s 'http://127.0.0.1:3000/api/stats' */
export function curlOf({ method = 'GET', path, json, hasKey }: Call): string {
  const parts = [`curl -s ${quoted(`${location.origin}${basePath}${path}`)}`];
  if (method !== 'GET' && (json === undefined || method !== 'POST')) parts[0] = `${parts[0]} -X ${method}`;
  if (hasKey) parts.push('-H "Authorization: Bearer $JOBWRIGHT_KEY"');
  if (json !== undefined)
    parts.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(json))}`);
  return parts.join(' \\\n  ');
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
