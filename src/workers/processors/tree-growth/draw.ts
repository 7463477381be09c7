/**
 * Draws a tree at a stage. What is at a place follows from the place and the seed alone, so a leaf of the sapling
 * is still there in the tree, and the same seed draws the same picture.
 */
import type { Species } from './species.js';
import { pictureSize, type StageName, sizes } from './stages.js';

const { columns, rowsAboveGround } = pictureSize;
const middle = (columns - 1) / 2;

/** Lines of text, as many at each stage, without blanks at their ends. */
export function draw(species: Species, stage: StageName, seed: number): string {
  const rows = Array.from({ length: rowsAboveGround }, (_, index) =>
    rowAt(species, stage, seed, rowsAboveGround - index),
  );
  const soil = Array.from({ length: columns }, (_, column): string =>
    chance(seed, column, 0) < 0.25 ? '.' : ' ',
  );
  if (stage === 'seed') soil[middle] = 'o';
  return [...rows, '▔'.repeat(columns), soil.join('')].map((line) => line.trimEnd()).join('\n');
}

/** @param height Rows above the ground, 1 for the one that stands on it. */
function rowAt(species: Species, stage: StageName, seed: number, height: number): string {
  const { trunk, crownReach, crownRows } = sizes[stage];
  const inCrown = height - trunk;
  if (inCrown > crownRows) return '';
  if (inCrown <= 0) return ' '.repeat(middle) + (stage === 'sprout' ? '|' : species.trunk);
  if (stage === 'sprout') return `${' '.repeat(middle - 1)}\\|/`;
  const depth = (crownRows - inCrown + 0.5) / crownRows;
  const reach = crownReach * species.widthAt(depth);
  return Array.from({ length: columns }, (_, column) => {
    const distance = Math.abs(column - middle);
    // The outline is not quite even.
    return distance <= reach + chance(seed, column, height) - 0.7
      ? foliageAt(species, stage, seed, column, height)
      : ' ';
  }).join('');
}

function foliageAt(species: Species, stage: StageName, seed: number, column: number, height: number): string {
  const kind = chance(seed + 1, column, height);
  if (stage === 'blossom' && kind < 0.3) return species.blossom;
  // Not every blossom becomes a fruit.
  if (stage === 'fruit' && kind < 0.14) return species.fruit;
  const leaf = Math.floor(chance(seed + 2, column, height) * species.leaves.length);
  return species.leaves[leaf] ?? ' ';
}

/** A number from 0 to 1 that looks random and follows from the three: an integer hash (murmur3's finaliser). */
function chance(seed: number, column: number, height: number): number {
  let hash = seed ^ Math.imul(column + 1, 0x9e3779b1) ^ Math.imul(height + 1, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
