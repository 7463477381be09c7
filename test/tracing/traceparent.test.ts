import { describe, expect, it } from 'vitest';
import { originIn, parseTraceparent, traceparentOf } from '../../src/tracing/traceparent.js';

const text = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('a traceparent', () => {
  it('is read and written as W3C Trace Context has it, sampled or not', () => {
    const ids = parseTraceparent(text);
    expect(ids).toEqual({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      traceFlags: 1,
    });
    expect(ids && traceparentOf(ids)).toBe(text);
    expect(ids && traceparentOf({ ...ids, traceFlags: 0 })).toBe(text.replace(/1$/, '0'));
  });

  it.each([
    '',
    'x',
    text.toUpperCase(),
    text.replace('00-', 'ff-'),
    `${text}-more`,
    '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01',
  ])('is not %j', (wrong) => {
    expect(parseTraceparent(wrong)).toBeUndefined();
  });

  it('is found in what carries it', () => {
    expect(originIn({ traceparent: text })).toEqual({ traceparent: text });
    expect(originIn({ traceparent: text, tracestate: 'a=1' })).toEqual({
      traceparent: text,
      tracestate: 'a=1',
    });
    expect(originIn({})).toBeUndefined();
  });
});
