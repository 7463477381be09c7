/**
 * The sum of many terms, with what each addition rounds away kept and added at the end (Neumaier's form of Kahan's
 * algorithm). Of terms, not of an array: they need not be stored in one first.
 */
import { numbersPerShare, type OnShare } from './checkpoint.js';

export function compensatedSum(count: number, term: (index: number) => number, onShare: OnShare): number {
  let sum = 0;
  let lost = 0;
  for (let index = 0; index < count; index += 1) {
    if (index % numbersPerShare === 0) onShare(index / count);
    const value = term(index);
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}
