/**
 * A span for each hop of an outbound call, from before its name is resolved until its answer begins. The receiver gets
 * a `traceparent`, whoever it is: that tells it random ids and nothing else. No `tracestate` and no baggage goes out.
 *
 * Attributes as OpenTelemetry's conventions for HTTP clients have them, except that of a URL only the origin is told:
 * paths and queries of webhooks and look-ups are often secrets.
 */
import { beginSpan } from '../tracing/tracing.js';

export interface OutboundCall {
  method: string;
  url: string;
  /** Hops before this one. */
  redirects: number;
}

export interface TracedCall {
  /** What is sent along. */
  traceparent: string;
  end(how: CallEnd): void;
}

export type CallEnd = { status: number } | { error: string };

/** Undefined where the call is not traced. */
export type TraceCall = (call: OutboundCall) => TracedCall | undefined | Promise<TracedCall | undefined>;

/** In the current span, where tracing is on. */
export function traceCall({ method, url, redirects }: OutboundCall): TracedCall | undefined {
  const span = beginSpan(() => {
    const { protocol, hostname, port } = new URL(url);
    return {
      name: method,
      kind: 'client',
      attributes: {
        'http.request.method': method,
        'url.scheme': protocol.slice(0, -1),
        'server.address': hostname.replace(/^\[(.*)\]$/, '$1'),
        'server.port': Number(port || (protocol === 'https:' ? 443 : 80)),
        ...(redirects === 0 ? {} : { 'http.request.resend_count': redirects }),
      },
    };
  });
  if (span === undefined) return undefined;
  return {
    traceparent: span.origin.traceparent,
    end(how) {
      if ('error' in how) span.fail(how.error);
      else {
        span.set({ 'http.response.status_code': how.status });
        if (how.status >= 400) span.fail(String(how.status));
      }
      span.end();
    },
  };
}
