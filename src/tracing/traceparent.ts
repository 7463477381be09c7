/** Where a trace goes on, as W3C Trace Context writes it; how it travels with a job, and to other servers. */

export interface TraceOrigin {
  /** `00-`, the trace's id, the id of the span that it goes on from, and its flags. */
  traceparent: string;
  /** What other tracers add, untouched. */
  tracestate?: string;
}

export interface SpanIds {
  traceId: string;
  spanId: string;
  traceFlags: number;
}

const form = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

export const traceparentOf = ({ traceId, spanId, traceFlags }: SpanIds): string =>
  `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, '0')}`;

/** Undefined for what is none. */
export function parseTraceparent(text: string): SpanIds | undefined {
  const [, traceId, spanId, flags] = form.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}

/** Of what carries an origin among other things. */
export const originIn = ({ traceparent, tracestate }: Partial<TraceOrigin>): TraceOrigin | undefined =>
  traceparent === undefined
    ? undefined
    : { traceparent, ...(tracestate === undefined ? {} : { tracestate }) };
