/**
 * Spans, made by hand through OpenTelemetry's API. As long as nobody has called `switchOnTracing` this does nothing at
 * all: nothing is loaded, no span is made, and what is to run in a span just runs.
 *
 * There is one for the process, as OpenTelemetry has it: a trace goes through everything. Which span is the current
 * one follows the asynchronous calls; listeners of events are bound to it with `inThisTrace`.
 */
import type { Attributes, Context, Span } from '@opentelemetry/api';
import { parseTraceparent, type TraceOrigin, traceparentOf } from './traceparent.js';

type OtelApi = typeof import('@opentelemetry/api');

let api: OtelApi | undefined;

/** Called by `start-tracing.ts` once the SDK is there. Undefined switches off again. */
export function switchOnTracing(loaded: OtelApi | undefined): void {
  api = loaded;
}

export const isTracing = (): boolean => api !== undefined;

export type SpanKind = 'server' | 'client' | 'producer' | 'consumer';

export interface SpanStart {
  name: string;
  kind: SpanKind;
  attributes: Attributes;
  /** Where the trace comes from: headers of a request, or what came with a job. The current span when absent. */
  parent?: { headers: Readonly<Record<string, unknown>> } | TraceOrigin;
}

/** A span that has begun. What is set after its end is lost. */
export class OpenSpan {
  readonly #api: OtelApi;
  readonly #span: Span;
  readonly #context: Context;

  constructor(otelApi: OtelApi, span: Span, parent: Context) {
    this.#api = otelApi;
    this.#span = span;
    this.#context = otelApi.trace.setSpan(parent, span);
  }

  /** Where its children go on from. */
  get origin(): TraceOrigin {
    const ids = this.#span.spanContext();
    const tracestate = ids.traceState?.serialize();
    return { traceparent: traceparentOf(ids), ...(tracestate ? { tracestate } : {}) };
  }

  /** It is the current span in all that follows from `run`. */
  run<Result>(run: () => Result): Result {
    return this.#api.context.with(this.#context, run);
  }

  rename(name: string): void {
    this.#span.updateName(name);
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes(attributes);
  }

  /** @param type A code or the name of a class, never a message: few different ones, and nothing of a payload. */
  fail(type: string): void {
    this.#span.setAttribute('error.type', type);
    this.#span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
  }

  end(): void {
    this.#span.end();
  }
}

/** Undefined where tracing is off; what describes the span is not even asked for then. */
export function beginSpan(describe: () => SpanStart): OpenSpan | undefined {
  if (api === undefined) return undefined;
  const { name, kind, attributes, parent } = describe();
  const { SpanKind } = api;
  const kinds = {
    server: SpanKind.SERVER,
    client: SpanKind.CLIENT,
    producer: SpanKind.PRODUCER,
    consumer: SpanKind.CONSUMER,
  };
  const from = contextOf(api, parent);
  const span = api.trace.getTracer('jobwright').startSpan(name, { kind: kinds[kind], attributes }, from);
  return new OpenSpan(api, span, from);
}

/** Runs within a span, which ends with it; one that throws has failed. Without a span where tracing is off. */
export async function inSpan<Result>(
  describe: () => SpanStart,
  run: (span: OpenSpan | undefined) => Promise<Result>,
): Promise<Result> {
  const span = beginSpan(describe);
  if (span === undefined) return run(undefined);
  try {
    return await span.run(() => run(span));
  } catch (error) {
    span.fail(errorTypeOf(error));
    throw error;
  } finally {
    span.end();
  }
}

/** The code of a failure or of a system's error, else the name of its class. */
export function errorTypeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown';
}

/** The listener as a part of the trace in which this is called, whoever calls the listener. */
export function inThisTrace<Args extends unknown[]>(
  listener: (...args: Args) => void,
): (...args: Args) => void {
  return api === undefined ? listener : api.context.bind(api.context.active(), listener);
}

/** Where the current span's children go on from; undefined outside of any, and where tracing is off. */
export function currentOrigin(): TraceOrigin | undefined {
  if (api === undefined) return undefined;
  const active = api.context.active();
  const span = api.trace.getSpan(active);
  return span === undefined ? undefined : new OpenSpan(api, span, active).origin;
}

/** For the log: `{ traceId }` within a trace, else nothing. A new object each time. */
export function traceFacts(): { traceId?: string } {
  const traceId = api?.trace.getActiveSpan()?.spanContext().traceId;
  return traceId === undefined ? {} : { traceId };
}

function contextOf(otelApi: OtelApi, parent: SpanStart['parent']): Context {
  if (parent === undefined) return otelApi.context.active();
  // As `OTEL_PROPAGATORS` says.
  if ('headers' in parent) return otelApi.propagation.extract(otelApi.ROOT_CONTEXT, parent.headers);
  const ids = parseTraceparent(parent.traceparent);
  if (ids === undefined) return otelApi.ROOT_CONTEXT;
  const { tracestate } = parent;
  return otelApi.trace.setSpanContext(otelApi.ROOT_CONTEXT, {
    ...ids,
    isRemote: true,
    ...(tracestate === undefined ? {} : { traceState: otelApi.createTraceState(tracestate) }),
  });
}
