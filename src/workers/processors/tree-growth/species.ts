/** What can grow, and what it looks like. */

export const speciesNames = ['oak', 'apple', 'cherry', 'pine'] as const;

export type SpeciesName = (typeof speciesNames)[number];

export interface Species {
  /** The crown is as wide as its reach times this, by how far down a row is: 0 at the top, 1 at the bottom. */
  widthAt(depth: number): number;
  /** Single characters, all equally likely. */
  leaves: string;
  trunk: string;
  blossom: string;
  fruit: string;
}

/** Nearly an ellipse, cut off at both ends. */
const round = (depth: number) => Math.sqrt(1 - (1.7 * depth - 0.9) ** 2);
/** A cone in three tiers. */
const pointed = (depth: number) => 0.75 * depth + 0.25 * ((3 * depth) % 1);

export const species: Readonly<Record<SpeciesName, Species>> = {
  oak: { widthAt: round, leaves: '&@%&', trunk: '█', blossom: '~', fruit: 'ô' },
  apple: { widthAt: round, leaves: '%&*%', trunk: '║', blossom: '✿', fruit: 'Ó' },
  cherry: { widthAt: round, leaves: '*~%*', trunk: '║', blossom: '❀', fruit: 'ö' },
  pine: { widthAt: pointed, leaves: '^^*^', trunk: '█', blossom: "'", fruit: 'Ø' },
};
