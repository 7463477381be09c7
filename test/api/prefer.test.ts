import { describe, expect, it } from 'vitest';
import { preferredWaitSeconds } from '../../src/api/events/prefer.js';

describe('Prefer: wait (RFC 7240)', () => {
  it.each([
    ['wait=10', 10],
    ['Wait=10', 10],
    ['wait = 10', 10],
    ['wait="10"', 10],
    ['wait=0', 0],
    ['respond-async, wait=10', 10],
    ['respond-async,wait=10;strict', 10],
    ['foo="a, wait=1; b", wait=10', 10],
    ['foo="an \\"escaped\\" quote, wait=1", wait=10', 10],
    ['foo; wait=5, wait=10', 10],
    ['wait=10, wait=20', 10],
    ['wait=600', 60],
    ['wait=99999999999999999999', 60],
    ['not a preference, wait=10', 10],
    [', ,wait=10,', 10],
    ['foo="unclosed, wait=10', 10],
  ])('reads %j as %d seconds', (header, seconds) => {
    expect(preferredWaitSeconds(header, 60_000)).toBe(seconds);
  });

  it.each([
    undefined,
    '',
    'wait',
    'wait=',
    'wait=ten',
    'wait=-1',
    'wait=1.5',
    'wait=1e3',
    'wait=0x10',
    'wait=10s',
    'wait=10 20',
    'wait="',
    'waiting=10',
    'respond-async; wait=10',
    'wait=ten, wait=10',
    `wait=10, foo="${'"\\'.repeat(1_000)}`,
  ])('passes over %j', (header) => {
    expect(preferredWaitSeconds(header, 60_000)).toBeUndefined();
  });

  it('waits not at all where the server allows less than a second', () => {
    expect(preferredWaitSeconds('wait=10', 0)).toBeUndefined();
    expect(preferredWaitSeconds('wait=10', 1_500)).toBe(1);
  });
});
