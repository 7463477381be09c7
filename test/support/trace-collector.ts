/** A collector of spans in memory: receives OTLP over HTTP as JSON, as a real one does. */
import { text } from 'node:stream/consumers';
import { until } from './processes.js';
import { remoteServer } from './remote-server.js';

export interface CollectedSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  /** `service.name` of the process that made it. */
  service: string;
  /** SERVER 2, CLIENT 3, PRODUCER 4, CONSUMER 5. */
  kind: number;
  /** Of the span and of its process. */
  attributes: Record<string, unknown>;
  /** It has failed. */
  failed: boolean;
}

export interface TraceCollector {
  /** What makes a process send its spans here, soon. */
  environment: Record<string, string>;
  spans: CollectedSpan[];
  /** All that was received, as text. */
  received(): string;
  /** The first span of this name that there is, or will be. */
  span(name: string, holds?: (span: CollectedSpan) => boolean): Promise<CollectedSpan>;
}

/** Runs until the test that called it is over. */
export async function traceCollector(): Promise<TraceCollector> {
  const spans: CollectedSpan[] = [];
  let received = '';
  const server = await remoteServer(async (request, response) => {
    const body = await text(request);
    received += body;
    if (request.url === '/v1/traces') spans.push(...spansIn(JSON.parse(body)));
    response.setHeader('content-type', 'application/json').end('{}');
  });
  return {
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: server.origin,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    },
    spans,
    received: () => received,
    span: (name, holds = () => true) => until(() => spans.find((span) => span.name === name && holds(span))),
  };
}

interface Attribute {
  key: string;
  value: Record<string, unknown>;
}

interface ExportRequest {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      spans: (Omit<CollectedSpan, 'attributes' | 'failed' | 'service'> & {
        attributes: Attribute[];
        status: { code: number };
      })[];
    }[];
  }[];
}

const spansIn = ({ resourceSpans }: ExportRequest): CollectedSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ attributes, status, ...span }) => {
        const of = { ...recordOf(resource.attributes), ...recordOf(attributes) };
        return { ...span, attributes: of, service: String(of['service.name']), failed: status.code === 2 };
      }),
    ),
  );

const recordOf = (attributes: Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
