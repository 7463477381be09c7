import { describe, expect, it } from 'vitest';
import { childId } from '../../../src/queue/submission/child-ids.js';
import { queueForTest } from '../../support/queue.js';

describe('a tree that is added again', () => {
  it('stays as it is, also when a child has failed and its failure is tolerated', async () => {
    const { queue, newJob, take, drain } = await queueForTest();
    const parent = newJob();
    const child = newJob({ onFailure: 'continue' }, { id: childId('sample', parent.id, 0) });
    const tree = { ...parent, children: [child] };
    expect(await queue.submit(tree)).toBe(true);
    await queue.changes.cancel(child.id);
    expect(await queue.find(parent.id)).toMatchObject({ status: 'pending' });
    expect(await queue.submit(tree)).toBe(false);
    expect(await queue.find(parent.id)).toMatchObject({ status: 'pending', children: [child.id] });
    expect(await queue.find(child.id)).toMatchObject({ status: 'cancelled', parentId: parent.id });
    // It could not complete if it waited for the child again.
    expect(await drain()).toEqual([parent.id]);
    expect(await queue.find(parent.id)).toMatchObject({ status: 'completed' });
    expect(await take()).toBeUndefined();
  });

  it('waits for a child that waits, once', async () => {
    const { queue, newJob, drain } = await queueForTest();
    const parent = newJob();
    const tree = { ...parent, children: [newJob({}, { id: childId('sample', parent.id, 0) })] };
    await queue.submitAll([tree, tree]);
    await queue.submit(tree);
    expect(await queue.find(parent.id)).toMatchObject({ status: 'blocked' });
    expect(await drain()).toEqual([tree.children[0]?.id, parent.id]);
  });
});
