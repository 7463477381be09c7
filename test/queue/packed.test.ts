/** What Redis packs is what is read, whatever the length and the characters. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Connection, connectImpatiently } from '../../src/queue/connection.js';
import { unpacked } from '../../src/queue/packed.js';
import { Script } from '../../src/queue/script.js';
import { testRedisUrl } from '../support/redis.js';

let connection: Connection;

beforeAll(async () => {
  connection = connectImpatiently(testRedisUrl(), 2_000);
  await new Promise((resolve) => connection.once('ready', resolve));
});

afterAll(() => connection.disconnect());

/** Its arguments, and what a command answers where there is nothing. */
const script = new Script(
  'test_pack',
  `local packed = {}
  for i, text in ipairs(ARGV) do packed[i] = text end
  return cmsgpack.pack({packed, redis.call('EXISTS', KEYS[1]), redis.call('GET', KEYS[1])})`,
);

describe('unpacked', () => {
  it.each([0, 1, 15, 16, 300, 7_000])('reads an array of %i texts', async (count) => {
    const texts = Array.from({ length: count }, (_, n) => `text ${n}`);
    expect(await script.runPacked(connection, ['{test}:none'], texts)).toEqual([texts, 0, null]);
  });

  it.each([0, 31, 32, 255, 256, 65_535, 65_536, 1_000_000])('reads a text of %i bytes', async (length) => {
    const texts = ['x'.repeat(length), 'y'];
    expect(await script.runPacked(connection, ['{test}:none'], texts)).toEqual([texts, 0, null]);
  });

  it('reads every character', async () => {
    const texts = ['é', '\u0000', '\u2028', '👍🏽', 'שלום', '\\"'];
    expect(await script.runPacked(connection, ['{test}:none'], texts)).toEqual([texts, 0, null]);
  });

  it('refuses what no script packs, and what is cut off', () => {
    expect(() => unpacked(Buffer.of(0xcb, 0, 0, 0, 0, 0, 0, 0, 0))).toThrow('kind 203');
    expect(() => unpacked(Buffer.of(0x92, 0x01))).toThrow(RangeError);
  });
});
