/**
 * An HTTP call on behalf of a client, to public addresses only. One exchange is one clock and a few hops:
 *
 * 1. The URL is checked (`outbound-url.ts`), its name resolved, and every address checked
 *    (`outbound-address.ts`). The connection is pinned to these very addresses, so a name that changes
 *    between the check and the call gains nothing. No proxy of the environment is used.
 * 2. A redirect starts again at 1, unless the caller wants it as the answer. Another origin gets none of the caller's headers but harmless ones.
 * 3. The body is decoded and metered (`outbound-body.ts`). The clock runs until its last byte.
 *
 * Whatever goes wrong is a Failure of the registry; what undici or the resolver said is its `cause`. An
 * abort by the signal rejects with the signal's reason.
 */

import { lookup } from 'node:dns/promises';
import type { Agent, Dispatcher } from 'undici';
import { failure, isFailure } from '../models/failure.js';
import type { OutboundFetch, OutboundResponse } from '../models/job-type.js';
import { errorTypeOf } from '../tracing/tracing.js';
import { type AddressCheck, addressCheck } from './outbound-address.js';
import { decodedBody, decodes } from './outbound-body.js';
import { firstHop, type Hop, nextHop } from './outbound-hop.js';
import { permittedAddresses, pinnedTo, type Resolve } from './outbound-resolve.js';
import { retryAfterMs } from './outbound-retry-after.js';
import type { TraceCall } from './outbound-trace.js';
import { hostOf } from './outbound-url.js';

export interface OutboundFetchOptions {
  /** Addresses (CIDR) that may be called although they are not public. */
  allow: readonly string[];
  /** Ceiling of one response, in bytes, on the wire and inflated. */
  bytesMax: number;
  /** Ceiling of one exchange, in milliseconds: names, redirects, headers and body together. */
  timeoutMs: number;
  /** Redirects that are followed. Default: 5. */
  redirectsMax?: number;
  /** Ends every exchange under way, and refuses new ones. */
  signal: AbortSignal;
  resolve?: Resolve;
  /** Asked at each hop. */
  trace?: TraceCall;
}

interface Exchange {
  trace: TraceCall | undefined;
  permitted: AddressCheck;
  resolve: Resolve;
  timeoutMs: number;
  bytesMax: number;
  /** Fires when the exchange is to stop; its reason is the error that the caller gets. */
  signal: AbortSignal;
}

/** @throws Error when `allow` holds something that is no range. */
export function createOutboundFetch(options: OutboundFetchOptions): OutboundFetch {
  const permitted = addressCheck(options.allow);
  const resolve = options.resolve ?? ((hostname) => lookup(hostname, { all: true }));
  const redirectsMax = options.redirectsMax ?? 5;
  return async (url, request = {}) => {
    options.signal.throwIfAborted();
    const timeoutMs = Math.min(request.timeoutMs ?? Infinity, options.timeoutMs);
    const bytesMax = Math.min(request.responseBytesMax ?? Infinity, options.bytesMax);
    let hop = firstHop(url, request);
    const { signal, release } = stopwatch(timeoutMs, options.signal);
    try {
      for (let redirects = 0; ; redirects += 1) {
        const exchange = { permitted, resolve, timeoutMs, bytesMax, signal, trace: options.trace };
        const { answer, agent } = await tracedCall(hop, redirects, exchange);
        const next =
          request.redirects === 'answer'
            ? undefined
            : nextHop(hop, answer.statusCode, answer.headers.location);
        if (next === undefined) return respond(hop, answer, exchange, () => end(agent, release));
        await agent.destroy();
        if (redirects === redirectsMax)
          throw failure('too_many_redirects', `The URL redirects more than ${redirectsMax} times.`);
        hop = next;
      }
    } catch (error) {
      release();
      throw explain(error, hop, signal);
    }
  };
}

/** One clock, and the caller's signal, for the whole exchange. */
function stopwatch(timeoutMs: number, outer: AbortSignal): { signal: AbortSignal; release: () => void } {
  const stop = new AbortController();
  const release = () => {
    clearTimeout(timer);
    outer.removeEventListener('abort', onAbort);
  };
  const onTime = () => {
    release();
    stop.abort(failure('response_timeout', `The response was not complete after ${timeoutMs} ms.`));
  };
  const onAbort = () => {
    release();
    stop.abort(outer.reason);
  };
  const timer = setTimeout(onTime, timeoutMs);
  outer.addEventListener('abort', onAbort, { once: true });
  return { signal: stop.signal, release };
}

interface Answered {
  answer: Dispatcher.ResponseData;
  agent: Agent;
}

/** Each hop carries on the trace by an id of its own, unless the caller has a `traceparent` for it. */
async function tracedCall(hop: Hop, redirects: number, exchange: Exchange): Promise<Answered> {
  const traced = await exchange.trace?.({ method: hop.method, url: hop.url.href, redirects });
  if (traced === undefined) return call(hop, exchange);
  try {
    const headers = { traceparent: traced.traceparent, ...hop.headers };
    const answered = await call({ ...hop, headers }, exchange);
    traced.end({ status: answered.answer.statusCode });
    return answered;
  } catch (error) {
    traced.end({ error: errorTypeOf(exchange.signal.aborted ? exchange.signal.reason : error) });
    throw error;
  }
}

async function call(hop: Hop, exchange: Exchange): Promise<Answered> {
  const [addresses, undici] = await Promise.all([
    permittedAddresses(hostOf(hop.url), exchange),
    // Here, so that neither a worker nor a thread that calls nobody takes the time to load it.
    import('undici'),
  ]);
  exchange.signal.throwIfAborted();
  const agent = new undici.Agent({
    connect: { lookup: pinnedTo(addresses), timeout: exchange.timeoutMs },
    // The exchange has a clock of its own.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  exchange.signal.addEventListener('abort', () => void agent.destroy(new Error('the exchange was stopped')), {
    once: true,
  });
  try {
    const answer = await agent.request({
      origin: hop.url.origin,
      path: `${hop.url.pathname}${hop.url.search}`,
      method: hop.method,
      headers: hop.headers,
      body: hop.body ?? null,
      reset: true,
    });
    return { answer, agent };
  } catch (error) {
    await agent.destroy();
    throw error;
  }
}

function respond(
  hop: Hop,
  answer: Dispatcher.ResponseData,
  exchange: Exchange,
  finish: () => void,
): OutboundResponse {
  const tooLarge = () =>
    failure(
      'response_too_large',
      `${JSON.stringify(hostOf(hop.url))} sent more than the ${exchange.bytesMax} bytes that are read.`,
    );
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers))
    for (const item of [value ?? []].flat()) headers.append(name, item);
  if (Number(headers.get('content-length')) > exchange.bytesMax) {
    finish();
    throw tooLarge();
  }
  const encoding = headers.get('content-encoding') ?? undefined;
  const body = decodedBody(answer.body, encoding, {
    bytesMax: exchange.bytesMax,
    tooLarge,
    explain: (error) => explain(error, hop, exchange.signal),
  });
  body.once('close', finish);
  if (decodes(encoding)) {
    headers.delete('content-encoding');
    headers.delete('content-length');
  }
  const text = async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return new TextDecoder().decode(Buffer.concat(chunks));
  };
  const waitMs = retryAfterMs(headers.get('retry-after'), Date.now());
  return {
    status: answer.statusCode,
    headers,
    url: hop.url.href,
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    body,
    text,
  };
}

function end(agent: Agent, release: () => void): void {
  release();
  void agent.destroy();
}

/** What the caller gets for what was thrown on the way. */
function explain(error: unknown, hop: Hop, signal: AbortSignal): Error {
  if (signal.aborted) return signal.reason;
  if (isFailure(error)) return error;
  const host = JSON.stringify(hostOf(hop.url));
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOTFOUND':
    case 'ENODATA':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
    case 'EAI_NONAME':
      return failure('connection_failed', `The name ${host} cannot be resolved.`, { cause: error });
    case 'UND_ERR_INVALID_ARG':
      // Not the world's doing: the processor gave something that is no header or body.
      return error as Error;
    case 'UND_ERR_HEADERS_OVERFLOW':
      return failure('response_too_large', `The headers of ${host} are too large.`, { cause: error });
    case 'UND_ERR_CONNECT_TIMEOUT':
      return failure('response_timeout', `${host} did not accept the connection in time.`, { cause: error });
    default:
      return failure('connection_failed', `The connection to ${host} failed or broke.`, { cause: error });
  }
}
