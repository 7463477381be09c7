/** What a batch is made of, once it is taken apart. */
import type { Failure } from '../../models/failure.js';
import type { JsonLimits } from '../../models/json-limits.js';

export type BatchItem =
  | { value: unknown }
  /** Nothing can be read here; `isLast`: and nothing behind it either. */
  | { failure: Failure; isLast?: boolean };

/** Finds the items in the bytes of a body, however these are cut. */
export interface ItemReader {
  /** The items that these bytes complete. */
  push(bytes: Buffer): Iterable<BatchItem>;
  /** What is left when the body has ended. */
  end(): Iterable<BatchItem>;
}

export interface ItemLimits {
  /** Of one item, in bytes. */
  bytesMax: number;
  json: JsonLimits;
}
