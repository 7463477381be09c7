import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ByteBudget } from '../../src/files/byte-budget.js';

it('lets nobody have more than there is, and serves who waits in turn', async () => {
  const budget = new ByteBudget(10);
  const served: string[] = [];
  const taken = new Map<string, () => void>();
  const take = async (name: string, bytes: number) => {
    taken.set(name, await budget.take(bytes));
    served.push(name);
  };
  const all = [take('a', 6), take('b', 5), take('c', 1), take('more than there is', 1_000)];
  await turn();
  // c would have room, and does not overtake b.
  expect(served).toEqual(['a']);
  taken.get('a')?.();
  await turn();
  expect(served).toEqual(['a', 'b', 'c']);
  taken.get('b')?.();
  await turn();
  expect(served).toHaveLength(3);
  taken.get('c')?.();
  await Promise.all(all);
  expect(served).toEqual(['a', 'b', 'c', 'more than there is']);
});
