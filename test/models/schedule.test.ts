import { describe, expect, it } from 'vitest';
import { jobOptionsSchema, tagSchema } from '../../src/models/job.js';
import { scheduledJobOptionsSchema, scheduleIdSchema, scheduleTag } from '../../src/models/schedule.js';

describe('the id of a schedule', () => {
  it.each(['a', '0', 'nightly-report_2', 'x'.repeat(55)])('may be %s, and makes a tag', (id) => {
    expect(scheduleIdSchema.safeParse(id).success).toBe(true);
    expect(tagSchema.safeParse(scheduleTag(id)).success).toBe(true);
  });

  it.each(['', 'A', 'a b', 'a/b', 'a:b', 'ä', 'x'.repeat(56)])('may not be %j', (id) => {
    expect(scheduleIdSchema.safeParse(id).success).toBe(false);
  });
});

describe('the options of scheduled jobs', () => {
  it('are those of a job, without what says when and what only a child has', () => {
    const absent = ['delayMs', 'runAt', 'expiresAt', 'onFailure'];
    expect(Object.keys(scheduledJobOptionsSchema.shape)).toEqual(
      Object.keys(jobOptionsSchema.shape).filter((name) => !absent.includes(name)),
    );
    for (const name of absent) expect(scheduledJobOptionsSchema.safeParse({ [name]: 1 }).success).toBe(false);
  });
});
