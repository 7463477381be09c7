import { closest, distance } from 'fastest-levenshtein';

/** The hint behind a message: `; did you mean "numbers"?`, or nothing when nothing is near. */
export function didYouMean(given: string, known: readonly string[]): string {
  // Nobody meant a name by a text of that length, and the comparison takes its time.
  if (known.length === 0 || given.length > 100) return '';
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const nearest = known.find((name) => plain(name) === plain(given)) ?? closest(given.toLowerCase(), known);
  const near = nearest.length > 2 && distance(plain(given), plain(nearest)) <= Math.ceil(nearest.length / 3);
  return near ? `; did you mean "${nearest}"?` : '';
}
