/** A geohash (Gustavo Niemeyer's): longitude and latitude halved in turn, five bits a character. */
const alphabet = '0123456789bcdefghjkmnpqrstuvwxyz';

export function geohash(latitude: number, longitude: number, length: number): string {
  const ranges = [
    { value: longitude, low: -180, high: 180 },
    { value: latitude, low: -90, high: 90 },
  ];
  let text = '';
  let bits = 0;
  for (let step = 0; text.length < length; step += 1) {
    const range = ranges[step % 2] as (typeof ranges)[number];
    const middle = (range.low + range.high) / 2;
    const upper = range.value >= middle;
    if (upper) range.low = middle;
    else range.high = middle;
    bits = bits * 2 + (upper ? 1 : 0);
    if (step % 5 === 4) {
      text += alphabet[bits];
      bits = 0;
    }
  }
  return text;
}
