import { describe, expect, it } from 'vitest';
import { firstTime } from '../../src/api/first-time.js';

describe('what is made when it is first needed', () => {
  it('is not made before, and is the same from then on', () => {
    let made = 0;
    const thing = firstTime(() => ({ number: ++made }));
    expect(made).toBe(0);
    expect(thing()).toBe(thing());
    expect(made).toBe(1);
  });

  it('is made once for all who ask while it is under way', async () => {
    let made = 0;
    const thing = firstTime(async () => ++made);
    expect(await Promise.all([thing(), thing(), thing()])).toEqual([1, 1, 1]);
  });

  it('is made anew after a failure', async () => {
    let asked = 0;
    const thing = firstTime(async () => {
      asked += 1;
      if (asked === 1) throw new Error('not now');
      return asked;
    });
    await expect(thing()).rejects.toThrow('not now');
    expect(await thing()).toBe(2);
  });
});
