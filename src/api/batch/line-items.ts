/** NDJSON: one item a line. Empty lines count as lines and are no items; a broken one spoils no other. */
import type { BatchItem, ItemLimits, ItemReader } from './batch-item.js';
import { ItemBytes } from './item-bytes.js';

const newline = 0x0a;

export class LineItems implements ItemReader {
  readonly #bytes: ItemBytes;
  #isBlank = true;
  #line = 1;

  constructor(limits: ItemLimits) {
    this.#bytes = new ItemBytes(limits, 'A line');
  }

  *push(bytes: Buffer): Iterable<BatchItem> {
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      this.#add(bytes.subarray(start, end));
      yield* this.end();
      this.#line += 1;
      start = end + 1;
    }
    this.#add(bytes.subarray(start));
  }

  *end(): Iterable<BatchItem> {
    const item = this.#bytes.take({ line: this.#line, column: 1 });
    if (!this.#isBlank) yield item;
    this.#isBlank = true;
  }

  #add(bytes: Buffer): void {
    this.#isBlank &&= bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
    this.#bytes.add(bytes);
  }
}
