import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prefixOf, typeId, typeIdPattern, uuidFromDigest, uuidV7 } from '../../src/models/type-id.js';

const bytesOf = (uuid: string) => Uint8Array.from(Buffer.from(uuid.replaceAll('-', ''), 'hex'));

describe('typeId', () => {
  // The valid vectors of the TypeID specification, 0.3.0.
  it.each([
    ['00000000-0000-0000-0000-000000000000', '00000000000000000000000000'],
    ['00000000-0000-0000-0000-000000000001', '00000000000000000000000001'],
    ['00000000-0000-0000-0000-00000000000a', '0000000000000000000000000a'],
    ['00000000-0000-0000-0000-000000000010', '0000000000000000000000000g'],
    ['00000000-0000-0000-0000-000000000020', '00000000000000000000000010'],
    ['ffffffff-ffff-ffff-ffff-ffffffffffff', '7zzzzzzzzzzzzzzzzzzzzzzzzz'],
    ['01890a5d-ac96-774b-bcce-b302099a8057', '01h455vb4pex5vsknk084sn02q'],
  ])('writes %s as %s', (uuid, text) => {
    expect(typeId('prefix', bytesOf(uuid))).toBe(`prefix_${text}`);
  });

  it('writes every UUID in its own 26 characters, which sort as the UUIDs do', () => {
    const uuid = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(uuid, uuid, (a, b) => {
        const [idA, idB] = [typeId('job', a), typeId('job', b)];
        expect(idA).toMatch(typeIdPattern('job'));
        expect(Math.sign(idA.localeCompare(idB, 'en'))).toBe(Math.sign(Buffer.compare(a, b)));
      }),
    );
  });
});

describe('prefixOf', () => {
  it.each([
    ['calculation_01h455vb4pex5vsknk084sn02q', 'calculation'],
    ['file_processing_01h455vb4pex5vsknk084sn02q', 'file_processing'],
  ])('reads the type out of %s', (id, type) => {
    expect(prefixOf(id)).toBe(type);
  });

  it.each([
    'meta',
    'wait',
    'calculation',
    'calculation_',
    'calculation_01h455vb4pex5vsknk084sn02',
    'calculation_01h455vb4pex5vsknk084sn02qq',
    'calculation_81h455vb4pex5vsknk084sn02q',
    'calculation_01H455VB4PEX5VSKNK084SN02Q',
    'calculation_01h455vb4pex5vsknk084sn02l',
    '_01h455vb4pex5vsknk084sn02q',
    'Calculation_01h455vb4pex5vsknk084sn02q',
    'calculation:01h455vb4pex5vsknk084sn02q',
    ' calculation_01h455vb4pex5vsknk084sn02q\n',
    `${'a'.repeat(64)}_01h455vb4pex5vsknk084sn02q`,
  ])('finds none in %j', (id) => {
    expect(prefixOf(id)).toBeUndefined();
  });
});

describe('uuidV7', () => {
  it('holds the time, the version and the variant', () => {
    const uuid = Buffer.from(uuidV7(0x0190_0a5d_ac96, new Uint8Array(10).fill(0xff))).toString('hex');
    expect(uuid).toBe('01900a5dac967fffbfffffffffffffff');
  });
});

describe('uuidFromDigest', () => {
  it('is the same for the same digest, and marked as version 8', () => {
    const digest = new Uint8Array(32).fill(0xab);
    expect(Buffer.from(uuidFromDigest(digest)).toString('hex')).toBe('abababababab8bababababababababab');
    expect(digest[6]).toBe(0xab);
  });
});
