import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outputFileId } from '../../src/files/file-ids.js';
import { photo } from '../support/images.js';
import { type Bench, bench, only } from './run-file-processing.js';

let at: Bench;
beforeAll(async () => {
  at = await bench();
});
afterAll(() => at.files.remove());

const digest = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex');

describe('checksum', () => {
  it('reports digests and makes no file', async () => {
    const content = Buffer.alloc(300_000, 'some text ');
    const { result } = await at.run(
      content,
      [{ operation: 'checksum', algorithms: ['md5', 'sha1', 'sha256', 'sha512'] }],
      { name: 'a.txt' },
    );
    expect(result.outputs).toEqual([]);
    expect(result.checksums).toEqual({
      md5: digest('md5', content),
      sha1: digest('sha1', content),
      sha256: digest('sha256', content),
      sha512: digest('sha512', content),
    });
    expect(result.checksums?.sha256).toBe(result.source.sha256);
  });

  it('takes SHA-256 where no algorithm is named, and any kind of file', async () => {
    const content = Buffer.from([0, 1, 2, 255]);
    const { result } = await at.run(content, [{ operation: 'checksum' }], { name: 'a.bin' });
    expect(result.checksums).toEqual({ sha256: digest('sha256', content) });
  });

  it('digests what is there at its place in the list', async () => {
    const image = await photo(100, 80);
    const before = await at.run(image, [{ operation: 'checksum' }, { operation: 'resize', width: 50 }]);
    expect(before.result.checksums?.sha256).toBe(digest('sha256', image));
    const after = await at.run(image, [{ operation: 'resize', width: 50 }, { operation: 'checksum' }]);
    expect(after.result.checksums?.sha256).toBe(only(after.result.outputs).sha256);
    expect(only(after.outputs).equals(only(before.outputs))).toBe(true);
    const between = await at.run(image, [
      { operation: 'resize', width: 50 },
      { operation: 'checksum' },
      { operation: 'resize', width: 25 },
    ]);
    expect(between.result.checksums).toEqual(after.result.checksums);
    expect(only(between.result.outputs)).toMatchObject({ width: 25 });
  });
});

describe('gzip', () => {
  it('compresses any file', async () => {
    const content = Buffer.alloc(200_000, 'some text ');
    const { result, outputs } = await at.run(content, [{ operation: 'gzip' }], { name: 'notes.txt' });
    expect(only(result.outputs)).toMatchObject({
      name: 'notes.txt.gz',
      mediaType: 'application/gzip',
      operation: 'gzip',
    });
    expect(only(result.outputs).size).toBeLessThan(2_000);
    expect(gunzipSync(only(outputs)).equals(content)).toBe(true);
  });

  it('minds the level, and gives the same bytes each time', async () => {
    const content = Buffer.from(Array.from({ length: 50_000 }, (_, index) => (index * index) % 97));
    const atLevel = async (level: number) =>
      only((await at.run(content, [{ operation: 'gzip', level }], { name: 'a.bin' })).result.outputs);
    expect((await atLevel(9)).size).toBeLessThan((await atLevel(0)).size);
    expect((await atLevel(6)).sha256).toBe((await atLevel(6)).sha256);
  });

  it('follows operations on images, and a digest follows it', async () => {
    const { result, outputs } = await at.run(await photo(100, 80), [
      { operation: 'resize', width: 50 },
      { operation: 'gzip' },
      { operation: 'checksum' },
    ]);
    expect(only(result.outputs)).toMatchObject({ name: 'photo.jpg.gz', operation: 'gzip' });
    expect(gunzipSync(only(outputs)).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
    expect(result.checksums?.sha256).toBe(only(result.outputs).sha256);
  });
});

describe('csv_to_json', () => {
  async function converted(csv: string | Uint8Array, options: { delimiter?: string; header?: boolean } = {}) {
    const { result, outputs } = await at.run(Buffer.from(csv), [{ operation: 'csv_to_json', ...options }], {
      name: 'people.csv',
    });
    return {
      csv: result.csv,
      output: only(result.outputs),
      json: JSON.parse(only(outputs).toString()) as unknown,
    };
  }

  it('makes objects of rows', async () => {
    const { json, csv, output } = await converted('name,born\nAda,1815\nGrace,1906\n');
    expect(json).toEqual([
      { name: 'Ada', born: '1815' },
      { name: 'Grace', born: '1906' },
    ]);
    expect(csv).toEqual({ rows: 2, columns: ['name', 'born'] });
    expect(output).toMatchObject({ name: 'people.json', mediaType: 'application/json' });
  });

  it.each<[string, string, { delimiter?: string; header?: boolean }, unknown]>([
    [
      'without a header',
      'a,b\nc,d',
      { header: false },
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['with another delimiter', 'a;b\n1;2', { delimiter: ';' }, [{ a: '1', b: '2' }]],
    ['with tabs', 'a\tb\n1\t2', { delimiter: '\t' }, [{ a: '1', b: '2' }]],
    ['with quotes', 'a,b\n"x, ""y""","line\nbreak"', {}, [{ a: 'x, "y"', b: 'line\nbreak' }]],
    ['with a byte order mark', '\ufeffa,b\n1,2', {}, [{ a: '1', b: '2' }]],
    ['with CR LF', 'a,b\r\n1,2\r\n', {}, [{ a: '1', b: '2' }]],
    ['with empty lines', 'a,b\n\n1,2\n\n', {}, [{ a: '1', b: '2' }]],
    ['with empty values', 'a,b\n,', {}, [{ a: '', b: '' }]],
    ['with any script', 'naïve,👋\nпривет,世界', {}, [{ naïve: 'привет', '👋': '世界' }]],
    ['with a header alone', 'a,b\n', {}, []],
    ['with one column', 'a\n1\n2', {}, [{ a: '1' }, { a: '2' }]],
  ])('reads CSV %s', async (_, csv, options, expected) => {
    expect((await converted(csv, options)).json).toEqual(expected);
  });

  it('takes a column named __proto__ for one like any other', async () => {
    const { outputs } = await at.run(
      Buffer.from('__proto__,constructor\n1,2'),
      [{ operation: 'csv_to_json' }],
      {
        name: 'a.csv',
      },
    );
    expect(only(outputs).toString()).toBe('[\n{"__proto__":"1","constructor":"2"}\n]\n');
  });

  it('is a stream: a large file gives as many rows', async () => {
    const rows = 100_000;
    const { csv, output } = await converted(
      `id,text\n${Array.from({ length: rows }, (_, index) => `${index},value ${index}`).join('\n')}`,
    );
    expect(csv?.rows).toBe(rows);
    expect(output.size).toBeGreaterThan(3_000_000);
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['a row that is too short', 'a,b,c\n1,2,3\n4,5\n', /^Line 3 has 2 columns; the first row has 3\.$/],
    ['a row that is too long', 'a,b\n1,2,3\n', /^Line 2 has 3 columns/],
    ['a quote that is not closed', 'a,b\n"1,2\n', /line \d.*never closed/],
    ['a quote within a value', 'a,b\n1"x",2\n', /line 2.*middle of a value/],
    ['text behind a closing quote', 'a,b\n"1"x,2\n', /line 2.*closing quote/],
    ['two columns of one name', 'a,b,a\n1,2,3\n', /^Column 3 .*twice.*"a"/],
    ['a column without a name', 'a,,c\n1,2,3\n', /^Column 2 .*no name/],
    ['too many columns', `${'a,'.repeat(16_384)}b\n`, /^Line 1 has 16385 columns; the limit is 16384\.$/],
    ['column names that are too long', `a,${'x'.repeat(262_140)}\n1,2\n`, /262147 bytes .* limit is 262144/],
    ['a row without an end', `a,b\n1,"${'x'.repeat(1_100_000)}"\n`, /longer than 1048576/],
    [
      'text in another encoding behind the first bytes',
      Buffer.concat([Buffer.from(`a,b\n${'1,2\n'.repeat(20_000)}`), Buffer.from('caf\xe9,2\n', 'latin1')]),
      /not text in UTF-8/,
    ],
    [
      'text in another encoding',
      Buffer.from('a,b\ncaf\xe9,2\n', 'latin1'),
      /application\/octet-stream, not text/,
    ],
  ])('fails for good at %s, and says where', async (_, csv, detail) => {
    await expect(converted(csv)).rejects.toMatchObject({
      code: 'invalid_csv',
      retry: false,
      detail: expect.stringMatching(detail),
    });
  });

  it('takes as many columns as there may be', async () => {
    const names = Array.from({ length: 16_384 }, (_, index) => `column ${index}`);
    const { csv } = await converted(`${names.join(',')}\n${','.repeat(16_383)}\n`, { header: true });
    expect(csv).toEqual({ rows: 1, columns: names });
  });

  it('fails for good where the JSON is larger than a file may be, and leaves nothing of it', async () => {
    // Each row of 4 bytes becomes 1,000.
    const csv = `${'x'.repeat(1_000)},b\n${'1,2\n'.repeat(2_000)}`;
    const own = await bench();
    const job = own.run(Buffer.from(csv), [{ operation: 'csv_to_json' }], {
      name: 'a.csv',
      outputBytesMax: 1_000_000,
    });
    await expect(job).rejects.toMatchObject({
      code: 'file_too_large',
      retry: false,
      detail: expect.stringContaining('1000000'),
    });
    const id = outputFileId('test_00000000000000000000000000', 0);
    await expect(own.files.store.stat(id)).rejects.toMatchObject({ code: 'file_not_found' });
    await own.files.remove();
  });

  it('refuses an image', async () => {
    await expect(at.run(await photo(10, 10), [{ operation: 'csv_to_json' }])).rejects.toMatchObject({
      code: 'invalid_csv',
      detail: expect.stringContaining('image/jpeg'),
    });
  });

  it('is compressed and digested on the way', async () => {
    const { result, outputs } = await at.run(
      Buffer.from('a,b\n1,2\n'),
      [{ operation: 'csv_to_json' }, { operation: 'gzip' }, { operation: 'checksum' }],
      { name: 'a.csv' },
    );
    expect(only(result.outputs).name).toBe('a.json.gz');
    expect(JSON.parse(gunzipSync(only(outputs)).toString())).toEqual([{ a: '1', b: '2' }]);
    expect(result.csv?.rows).toBe(1);
    expect(result.checksums?.sha256).toBe(only(result.outputs).sha256);
  });
});
