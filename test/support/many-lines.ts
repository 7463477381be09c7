/** Writes lines as the log does and ends: by itself, or, as it is told, at once or by an error that nobody catches. */
import { argv } from 'node:process';
import { gatheredLines } from '../../src/log-lines.js';

const [, , count, end] = argv;
const lines = gatheredLines();
for (let n = 1; n <= Number(count); n += 1) lines.write(`line ${n}, ${'é'.repeat(100)}\n`);
if (end === 'exit') process.exit(0);
if (end === 'throw') throw new Error('nobody catches this');
