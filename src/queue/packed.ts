/**
 * What a script gives back with `cmsgpack.pack`: MessagePack, as far as Redis writes it for arrays of texts, small numbers
 * and `false` for what is not there. One such text costs Redis and its client a fraction of what they spend on an answer
 * of many values, and the values in it are copied as they are.
 */
export type Packed = string | number | null | Packed[];

/** @throws Error on anything that none of our scripts packs */
export function unpacked(bytes: Buffer): Packed {
  let at = 0;
  return next();

  function next(): Packed {
    const kind = bytes.readUInt8(at);
    at += 1;
    if (kind < 0x80) return kind;
    if (kind < 0xa0) return array(kind & 0x0f);
    if (kind < 0xc0) return text(kind & 0x1f);
    switch (kind) {
      case 0xc2:
        return null;
      case 0xd9:
        return text(size(1));
      case 0xda:
        return text(size(2));
      case 0xdb:
        return text(size(4));
      case 0xdc:
        return array(size(2));
      case 0xdd:
        return array(size(4));
      default:
        throw new Error(`a script packed something of the kind ${kind}`);
    }
  }

  function size(width: number): number {
    at += width;
    return bytes.readUIntBE(at - width, width);
  }

  function text(length: number): string {
    at += length;
    return bytes.toString('utf8', at - length, at);
  }

  function array(length: number): Packed[] {
    const items: Packed[] = [];
    for (let n = 0; n < length; n += 1) items.push(next());
    return items;
  }
}
