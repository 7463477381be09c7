import { describe, expect, it } from 'vitest';
import { errorOf, failedReasonOf, jobFrom } from '../../src/queue/stored-job.js';
import { priorityNumber, priorityOf } from '../../src/queue/submission/fair-shares.js';

const id = 'sample_01h455vb4pex5vsknk084sn02q';
const waiting = {
  data: '{"payload":{"n":1}}',
  opts: '{"attempts":3}',
  timestamp: '1000',
  priority: '1048577',
};
const nowhere = { locked: false, dueScore: null };

describe('jobFrom', () => {
  it('reads a job that waits', () => {
    expect(jobFrom(id, waiting, nowhere)).toEqual({
      id,
      type: 'sample',
      version: 1,
      status: 'pending',
      payload: { n: 1 },
      createdAt: '1970-01-01T00:00:01.000Z',
      attempts: { made: 0, max: 3 },
      priority: 'normal',
    });
  });

  it('reads a job with as little as another tool may have stored', () => {
    expect(jobFrom(id, { timestamp: '1000' }, nowhere)).toMatchObject({
      payload: undefined,
      attempts: { made: 0, max: 1 },
      priority: 'normal',
    });
    expect(jobFrom(id, { ...waiting, progress: '50' }, nowhere).progress).toBeUndefined();
  });

  const started = { ...waiting, processedOn: '3000', pb: 'worker-1', ats: '1' };
  it.each([
    ['scheduled', waiting, { locked: false, dueScore: String(9_000 * 4_096 + 5) }],
    ['processing', started, { locked: true, dueScore: null }],
    [
      'retrying',
      { ...started, atm: '1', failedReason: 'a: b' },
      { locked: false, dueScore: String(9_000 * 4_096) },
    ],
    ['pending', { ...started, atm: '1', failedReason: 'a: b' }, nowhere],
    ['processing', { ...started, atm: '1', failedReason: 'a: b' }, { locked: true, dueScore: null }],
    [
      'completed',
      { ...started, atm: '2', failedReason: 'a: b', finishedOn: '4000', returnvalue: '{"x":1}' },
      nowhere,
    ],
    ['failed', { ...started, atm: '3', failedReason: 'a: b', finishedOn: '4000' }, nowhere],
  ] as const)('finds out that a job is %s', (status, hash, place) => {
    const job = jobFrom(id, hash, place);
    expect(job.status).toBe(status);
    expect(job.error).toEqual(
      status === 'retrying' || status === 'failed' ? { code: 'a', detail: 'b' } : undefined,
    );
    expect(job.result).toEqual(status === 'completed' ? { x: 1 } : undefined);
    expect(job.scheduledFor).toBe(place.dueScore === null ? undefined : '1970-01-01T00:00:09.000Z');
    expect(job.completedAt ?? job.failedAt).toBe(
      'finishedOn' in hash ? '1970-01-01T00:00:04.000Z' : undefined,
    );
    expect(job.processingTimeMs).toBe('finishedOn' in hash ? 1_000 : undefined);
    expect(job.attempts.made).toBe(Number('atm' in hash ? hash.atm : 0) + (status === 'processing' ? 1 : 0));
  });
});

describe('the reason of a failure', () => {
  it('comes back as it went', () => {
    const error = { code: 'corrupt_image', detail: 'Line one: bad.\nLine two.' };
    expect(errorOf(failedReasonOf(error))).toEqual(error);
  });
});

describe('priorityNumber', () => {
  it('is smaller for what is more urgent, and never 0', () => {
    const numbers = (['urgent', 'high', 'normal', 'low'] as const).map(priorityNumber);
    expect(numbers).toEqual([1, 524_289, 1_048_577, 1_572_865]);
    expect(numbers.map(priorityOf)).toEqual(['urgent', 'high', 'normal', 'low']);
  });
});
