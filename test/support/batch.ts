/** Batches over real HTTP: sent piece by piece, answers read as they come. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import type { TestApi } from './api.js';

export interface Answer {
  index: number;
  status: number;
  jobId?: string;
  jobStatus?: string;
  reused?: string;
  message?: string;
  dryRun?: Record<string, unknown>;
  error?: { code: string; status: number; detail: string; errors?: { pointer: string }[] };
}

export interface OpenBatch {
  /** Resolves when there is room for more. */
  send(bytes: string | Buffer): Promise<void>;
  end(): void;
  /** Breaks the connection. */
  abort(): void;
  response: Promise<IncomingMessage>;
  /** A line for each answer, as it comes. */
  lines(): AsyncIterable<string>;
}

export function openBatch(
  { url }: TestApi,
  headers: Record<string, string> = {},
  path = '/api/jobs/batch',
): OpenBatch {
  const sent = request(`${url}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-ndjson', ...headers },
  });
  const response = once(sent, 'response').then(([message]) => message as IncomingMessage);
  // Whoever breaks the connection does not ask for the answer.
  response.catch(() => {});
  return {
    async send(bytes) {
      if (!sent.write(bytes)) await once(sent, 'drain');
    },
    end: () => void sent.end(),
    abort: () => void sent.destroy(),
    response,
    async *lines() {
      yield* createInterface({ input: await response });
    },
  };
}

/** The answers to a batch that is sent as a whole. */
export async function answersTo(
  api: TestApi,
  body: string | Buffer,
  headers: Record<string, string> = {},
  path?: string,
): Promise<Answer[]> {
  const batch = openBatch(api, headers, path);
  await batch.send(body);
  batch.end();
  const lines: string[] = [];
  for await (const line of batch.lines()) lines.push(line);
  const { statusCode, headers: received } = await batch.response;
  if (statusCode !== 200) throw new Error(`answered ${statusCode}: ${lines.join()}`);
  if (received['content-type']?.startsWith('application/json')) return JSON.parse(lines.join(''));
  return lines.map((line) => JSON.parse(line));
}

export const asLines = (items: readonly unknown[]) =>
  items.map((item) => `${JSON.stringify(item)}\n`).join('');
