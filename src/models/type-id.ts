/**
 * Ids in the TypeID form: a lower-case prefix, `_`, and a UUID of 128 bits as 26 characters of Crockford's
 * base 32 (https://github.com/jetify-com/typeid, spec 0.3.0). A job's prefix is its type, so an id tells its
 * queue without a look-up; a file's is `file`.
 */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const suffix = '[0-7][0-9a-hjkmnp-tv-z]{25}';
const idForm = new RegExp(`^([a-z](?:[a-z_]{0,61}[a-z])?)_${suffix}$`);

/** The prefix that an id may have: a job type's name. */
export const prefixPattern = /^[a-z](?:[a-z_]{0,61}[a-z])?$/;

/** Matches the ids with one prefix. */
export const typeIdPattern = (prefix: string) => new RegExp(`^${prefix}_${suffix}$`);

/** The prefix of a well-formed id; undefined for anything else. */
export const prefixOf = (id: string): string | undefined => idForm.exec(id)?.[1];

/** The same where it is well formed for sure. */
export const prefixOfWellFormed = (id: string): string => id.slice(0, -27);

/** `uuid` is 16 bytes. */
export function typeId(prefix: string, uuid: Uint8Array): string {
  let text = '';
  let bits = 0;
  let pending = 2; // 130 bits in 26 characters: the first two are zero
  for (const byte of uuid) {
    bits = (bits << 8) | byte;
    pending += 8;
    while (pending >= 5) {
      pending -= 5;
      text += alphabet[(bits >> pending) & 31];
    }
    bits &= (1 << pending) - 1;
  }
  return `${prefix}_${text}`;
}

/** A UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds since the epoch, then `random` (10 bytes). */
export function uuidV7(nowMs: number, random: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(uuidBytes);
  let left = nowMs;
  for (let at = 5; at >= 0; at--) {
    bytes[at] = left % 256;
    left = Math.floor(left / 256);
  }
  bytes.set(random.subarray(0, uuidBytes - 6), 6);
  return withVersion(7, bytes);
}

/** A UUIDv8 (RFC 9562, 5.8) from the first 16 bytes of a digest: the same content, the same id. */
export function uuidFromDigest(digest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(uuidBytes);
  bytes.set(digest.subarray(0, uuidBytes));
  return withVersion(8, bytes);
}

const uuidBytes = 16;

function withVersion(version: number, bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer);
  view.setUint8(6, (version << 4) | (view.getUint8(6) & 0x0f));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  return bytes;
}
