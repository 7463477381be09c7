/** One request to one server, noted in the ledger whatever comes of it. */
import type { FleetServer } from './fleet.js';
import type { Answer, Exchange, Ledger } from './ledger.js';

/** Who has no answer by then has none. */
const hungMs = 15_000;

export interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
  waitMs?: number;
}

/** Resolves with the status and the parsed body, or with how there was none; never rejects. */
export async function ask(
  ledger: Ledger,
  what: Exchange['what'],
  server: FleetServer,
  path: string,
  { method = 'GET', headers = {}, body, waitMs = 0 }: Asked = {},
): Promise<{ answer: Answer; body?: unknown; headers?: Headers }> {
  const startMs = Date.now();
  const note = (answer: Answer) =>
    ledger.exchanges.push({ what, server: server.name, startMs, endMs: Date.now(), answer, waitMs });
  try {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(waitMs === 0 ? {} : { Prefer: `wait=${waitMs / 1_000}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(hungMs + waitMs),
    });
    const parsed: unknown = await response.json();
    note(response.status);
    return { answer: response.status, body: parsed, headers: response.headers };
  } catch (error) {
    const answer = howItFailed(error);
    note(answer);
    return { answer };
  }
}

function howItFailed(error: unknown): Answer {
  if (error instanceof Error && error.name === 'TimeoutError') return 'hung';
  const cause = error instanceof Error ? error.cause : undefined;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return code === 'ECONNREFUSED' ? 'refused' : 'broken';
}
