/** Lines that wait for others are not lost, however a process ends. */
import { expect, it } from 'vitest';
import { runFile } from './support/processes.js';

it.each([
  ['by itself', 'end', 1],
  ['by itself, with many lines', 'end', 5_000],
  ['at once', 'exit', 1],
  ['at once, with many lines', 'exit', 5_000],
  ['by an error', 'throw', 1_000],
])('writes all lines of a process that ends %s', async (_how, end, count) => {
  const process = runFile('test/support/many-lines.ts', { args: [String(count), end] });
  await process.ended;
  const lines = process.said().match(/^line \d+, é{100}$/gm);
  expect(lines).toEqual(Array.from({ length: count }, (_, n) => `line ${n + 1}, ${'é'.repeat(100)}`));
});
