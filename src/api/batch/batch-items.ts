/** The items of a body, some at a time: as many as have come, and no more than are dealt with at once. */
import { failure } from '../../models/failure.js';
import type { BatchItem, ItemReader } from './batch-item.js';

/** Dealt with at once. */
const atOnce = 100;

/**
 * What ends a batch early is thrown when all items before it have been taken.
 *
 * @throws Failure `too_many_items`, what `bytes` throws, and that of an item behind which nothing can be read
 */
export async function* batchItems(
  bytes: AsyncIterable<Buffer>,
  reader: ItemReader,
  itemsMax: number,
): AsyncGenerator<BatchItem[]> {
  let count = 0;
  for await (const items of itemsAsTheyCome(bytes, reader)) {
    let some: BatchItem[] = [];
    for (const item of items) {
      const last = 'failure' in item && item.isLast ? item.failure : undefined;
      const end = count === itemsMax ? tooMany(itemsMax) : last;
      if (end !== undefined) {
        if (some.length > 0) yield some;
        throw end;
      }
      count += 1;
      some.push(item);
      if (some.length < atOnce) continue;
      yield some;
      some = [];
    }
    if (some.length > 0) yield some;
  }
}

async function* itemsAsTheyCome(
  bytes: AsyncIterable<Buffer>,
  reader: ItemReader,
): AsyncGenerator<Iterable<BatchItem>> {
  for await (const some of bytes) yield reader.push(some);
  yield reader.end();
}

const tooMany = (itemsMax: number) =>
  failure('too_many_items', `A batch may have ${itemsMax} items; this one and those behind it are refused.`);
