/** Collects the bytes of one item, up to a limit: what is larger is counted and not kept. */
import { failure, isFailure } from '../../models/failure.js';
import { parseJson, type TextPosition } from '../parse-json.js';
import type { BatchItem, ItemLimits } from './batch-item.js';

export class ItemBytes {
  readonly #limits: ItemLimits;
  readonly #what: string;
  #parts: Buffer[] = [];
  #length = 0;

  /** @param what An item, as the subject of a sentence. */
  constructor(limits: ItemLimits, what: string) {
    this.#limits = limits;
    this.#what = what;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  add(bytes: Buffer): void {
    this.#length += bytes.length;
    if (this.#length > this.#limits.bytesMax) this.#parts = [];
    else if (bytes.length > 0) this.#parts.push(bytes);
  }

  /** The item; then the next one can be collected. @param at Where it began. */
  take(at: TextPosition): BatchItem {
    const isTooLarge = this.#length > this.#limits.bytesMax;
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#length = 0;
    const { bytesMax, json: limits } = this.#limits;
    if (isTooLarge)
      return { failure: failure('payload_too_large', `${this.#what} may have ${bytesMax} bytes.`) };
    try {
      return { value: parseJson(bytes, { limits, what: this.#what, at }) };
    } catch (error) {
      if (isFailure(error)) return { failure: error };
      throw error;
    }
  }
}
