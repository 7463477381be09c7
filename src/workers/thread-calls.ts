/**
 * The spans of calls that a processor makes in a thread. Threads have no OpenTelemetry: they can be ended at any moment,
 * with all that was not sent yet. The thread tells that it is about to call, the worker's event loop begins the span and
 * answers with its `traceparent`, and the thread tells how it went.
 */
import type { MessagePort } from 'node:worker_threads';
import {
  type CallEnd,
  type OutboundCall,
  type TraceCall,
  type TracedCall,
  traceCall,
} from './outbound-trace.js';

/** From the thread. `call` counts the calls of an attempt. */
export type CallReport = { call: number; begins: OutboundCall } | { call: number; ends: CallEnd };

/** To the thread. */
interface CallAnswer {
  call: number;
  /** Absent where the call is not traced. */
  traceparent?: string;
}

/** In the event loop of the worker: the calls of one attempt. */
export class ThreadCalls {
  readonly #port: MessagePort;
  readonly #open = new Map<number, TracedCall>();

  constructor(port: MessagePort) {
    this.#port = port;
  }

  take(report: CallReport): void {
    if ('begins' in report) {
      const traced = traceCall(report.begins);
      if (traced !== undefined) this.#open.set(report.call, traced);
      const { call } = report;
      const answer: CallAnswer = traced === undefined ? { call } : { call, traceparent: traced.traceparent };
      this.#port.postMessage(answer);
    } else {
      this.#open.get(report.call)?.end(report.ends);
      this.#open.delete(report.call);
    }
  }

  /** The thread is gone, or says nothing more: what it left open was broken off. */
  end(): void {
    for (const traced of this.#open.values()) traced.end({ error: 'stopped' });
    this.#open.clear();
  }
}

/** In the thread: asks for the spans of one attempt through its port. */
export function callsTracedOutside(port: MessagePort): TraceCall {
  const waiting = new Map<number, (answer: CallAnswer) => void>();
  let calls = 0;
  const tell = (report: CallReport) => port.postMessage(report);
  port.on('message', (answer: CallAnswer) => {
    waiting.get(answer.call)?.(answer);
    waiting.delete(answer.call);
  });
  return async (begins) => {
    calls += 1;
    const call = calls;
    tell({ call, begins });
    const { traceparent } = await new Promise<CallAnswer>((resolve) => waiting.set(call, resolve));
    return traceparent === undefined
      ? undefined
      : { traceparent, end: (ends: CallEnd) => tell({ call, ends }) };
  };
}
