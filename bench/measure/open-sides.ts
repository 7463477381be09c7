/** Sides that a scenario needs, opened one after the other, and closed however it ends. */
import type { Bench } from '../scenario.js';
import type { OpenSide, Side, SideOptions } from '../sides/side.js';

export async function withSides<Result>(
  { folder, options }: Bench,
  sides: readonly Side[],
  how: Omit<SideOptions, 'folder' | 'type'> | ((side: Side) => Omit<SideOptions, 'folder' | 'type'>),
  work: (open: Map<string, OpenSide>) => Promise<Result>,
): Promise<Result> {
  const open = new Map<string, OpenSide>();
  try {
    for (const side of sides)
      open.set(
        side.name,
        await side.open({
          folder,
          type: options.type,
          profile: options.profile,
          ...(typeof how === 'function' ? how(side) : how),
        }),
      );
    return await work(open);
  } finally {
    for (const side of open.values()) await side.close();
  }
}
