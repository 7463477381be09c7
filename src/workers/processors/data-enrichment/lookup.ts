/**
 * One call to an external HTTP API for a record. A refusal (4xx) is final, a remote failure (429, 5xx) is
 * tried again, not before its Retry-After; what goes wrong on the way is the outbound fetch's to say. No
 * message repeats the URL or a header, which may hold a key.
 */
import type { ProcessorContext } from '../../../models/job-type.js';
import { deeperThan } from '../../../models/json-limits.js';
import { refuse } from '../../../models/remote-refusal.js';
import type { Lookup, LookupAnswer } from './lookup-schema.js';
import { fillTemplate } from './lookup-url.js';
import type { DataRecord } from './record.js';

export const answerBytesMax = 262_144;
const answerDepthMax = 64;
/** Below the attempt's own limit, so that a slow host is named as such. */
const timeoutMs = 10_000;

/** @throws Failure `remote_error` (retried), `remote_refused`, `lookup_not_json`, and those of the outbound fetch */
export async function lookUp(
  lookup: Lookup,
  record: DataRecord,
  context: ProcessorContext<'lookup_not_json'>,
): Promise<LookupAnswer> {
  const url = fillTemplate(lookup.url, record);
  const { hostname } = new URL(url);
  const host = JSON.stringify(hostname);
  const response = await context.fetch(url, {
    headers: { accept: 'application/json', ...lookup.headers },
    responseBytesMax: answerBytesMax,
    timeoutMs,
  });
  const { status } = response;
  if (status < 200 || status > 299) refuse(context, host, response);
  const answer = parseAnswer(await response.text());
  if (answer === undefined)
    context.fail('lookup_not_json', `${host} answered ${status} with what is not JSON.`);
  if (deeperThan(answer.value, answerDepthMax))
    context.fail(
      'lookup_not_json',
      `${host} answered JSON that is nested deeper than ${answerDepthMax} levels.`,
    );
  const data = lookup.pick === undefined ? answer.value : pick(answer.value, lookup.pick);
  return { host: hostname, status, data };
}

function parseAnswer(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** A pointer that leads nowhere is left out. */
const pick = (value: unknown, pointers: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    pointers.flatMap((pointer) => {
      const found = follow(value, pointer);
      return found === undefined ? [] : [[pointer, found]];
    }),
  );

function follow(value: unknown, pointer: string): unknown {
  let at = value;
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = Reflect.get(at, key);
  }
  return at;
}
