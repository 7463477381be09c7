import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArrayItems } from '../../src/api/batch/array-items.js';

/** What is read of a body that arrives in pieces; the code of a failure in place of an item. */
function read(body: Buffer, pieceLength: number): unknown[] {
  const reader = new ArrayItems({
    bytesMax: 10_000,
    json: { depthMax: 100, stringMax: 10_000, itemsMax: 10_000, membersMax: 10_000 },
  });
  const items: unknown[] = [];
  const take = (found: ReturnType<ArrayItems['push']>) => {
    for (const item of found) {
      items.push('value' in item ? item.value : item.failure.code);
      if ('failure' in item && item.isLast) return true;
    }
    return false;
  };
  for (let at = 0; at < body.length; at += pieceLength)
    if (take(reader.push(body.subarray(at, at + pieceLength)))) return items;
  take(reader.end());
  return items;
}

const lengths = fc.integer({ min: 1, max: 40 });

describe('the items of an array', () => {
  it('are those that JSON.parse finds, however the body is written and cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue()),
        fc.constantFrom('', '\t', '  '),
        lengths,
        (items, indent, length) => {
          const text = JSON.stringify(items, null, indent);
          expect(read(Buffer.from(text), length)).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  it('end in a failure exactly where JSON.parse refuses the array', () => {
    const mutilated = fc
      .tuple(
        fc.array(fc.jsonValue(), { minLength: 1 }),
        fc.nat(),
        fc.constantFrom('', '"', ',', ']', '[', '}', '1', ' '),
      )
      .map(([items, at, inserted]) => {
        const text = JSON.stringify(items);
        const place = at % text.length;
        return text.slice(0, place) + inserted + text.slice(place + 1);
      });
    fc.assert(
      fc.property(mutilated, lengths, (text, length) => {
        const items = read(Buffer.from(text), length);
        let parsed: unknown;
        try {
          parsed = JSON.parse(text);
        } catch {
          // Of what begins as an object, nothing else is said.
          expect(items.at(-1)).toMatch(
            text.trimStart().startsWith('{') ? /^validation_failed$/ : /^invalid_(json|body)$/,
          );
          return;
        }
        if (Array.isArray(parsed)) expect(items).toEqual(parsed);
        else expect(items).toHaveLength(1);
      }),
      { numRuns: 1_000 },
    );
  });
});
