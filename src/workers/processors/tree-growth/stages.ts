/** The stages that a tree goes through, and how large it is in each. */

export const stageNames = ['seed', 'sprout', 'sapling', 'young_tree', 'tree', 'blossom', 'fruit'] as const;

export type StageName = (typeof stageNames)[number];

/** In characters of the picture. */
export interface Size {
  /** Of the trunk below the crown. */
  trunk: number;
  /** From the trunk to either side. */
  crownReach: number;
  crownRows: number;
}

const grown: Size = { trunk: 3, crownReach: 12, crownRows: 9 };

/** What there is above the ground. */
export const sizes: Readonly<Record<StageName, Size>> = {
  seed: { trunk: 0, crownReach: 0, crownRows: 0 },
  sprout: { trunk: 1, crownReach: 1, crownRows: 1 },
  sapling: { trunk: 1, crownReach: 3, crownRows: 3 },
  young_tree: { trunk: 2, crownReach: 7, crownRows: 5 },
  tree: grown,
  blossom: grown,
  fruit: grown,
};

/** The picture's own size: the same at each stage, so that one can be shown in the place of the one before. */
export const pictureSize = {
  columns: 2 * (grown.crownReach + 3) + 1,
  rowsAboveGround: grown.trunk + grown.crownRows,
} as const;
