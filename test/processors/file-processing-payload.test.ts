import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { payloadSchema } from '../../src/workers/processors/file-processing/payload.js';
import { resultSchema } from '../../src/workers/processors/file-processing/result.js';
import fileProcessing from '../../src/workers/processors/file-processing.js';
import { bench } from './run-file-processing.js';

const fileId = `file_${'0'.repeat(26)}`;

/** Paths and messages of what is wrong. */
function mistakes(payload: unknown): string[] {
  const parsed = payloadSchema.safeParse(payload);
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `/${path.join('/')}: ${message}`);
}

const withOperations = (...operations: unknown[]) => mistakes({ source: { fileId }, operations });

describe('source', () => {
  const operations = [{ operation: 'metadata' }];

  it.each([
    { fileId },
    { url: 'https://example.com/a.jpg' },
    { url: 'http://example.com:8080/a.jpg?b=c' },
    { dataUri: 'data:image/png;base64,AAAA' },
    { dataUri: 'data:,text' },
  ])('can be %j', (source) => expect(mistakes({ source, operations })).toEqual([]));

  it.each([{}, { fileId, url: 'https://example.com/a.jpg' }, { fileId, dataUri: 'data:,a' }])(
    'must be exactly one, which %j is not',
    (source) =>
      expect(mistakes({ source, operations })).toEqual([
        '/source: needs exactly one of fileId, url and dataUri',
      ]),
  );

  it.each<[unknown, RegExp]>([
    [{ url: 'file:///etc/passwd' }, /^\/source\/url: must be an http or https URL/],
    [{ url: 'gopher://example.com/' }, /^\/source\/url: must be an http or https URL/],
    [{ url: 'not a url' }, /^\/source\/url/],
    [{ url: `https://example.com/${'x'.repeat(2_100)}` }, /^\/source\/url/],
    [{ fileId: 'file_1' }, /^\/source\/fileId: must be the id of a file/],
    [{ dataUri: 'data:image/png;base64,AA*A' }, /^\/source\/dataUri: must be a data URI/],
    [{ dataUri: 'https://example.com' }, /^\/source\/dataUri/],
    [{ dataUri: `data:,${'x'.repeat(400_000)}` }, /^\/source\/dataUri.*350000/],
    [{ path: '/etc/passwd' }, /^\/source.*"path"/],
    [fileId, /^\/source/],
  ])('cannot be %j', (source, expected) =>
    expect(mistakes({ source, operations }).join('\n')).toMatch(expected),
  );
});

describe('operations', () => {
  it.each([0, -1, 1.5, 99_999, '800', null])('resize to a width of %j is refused', (width) =>
    expect(withOperations({ operation: 'resize', width })).toEqual([
      expect.stringMatching(/^\/operations\/0\/width: /),
    ]),
  );

  it('resize needs a width or a height', () =>
    expect(withOperations({ operation: 'resize' })).toEqual([
      '/operations/0/width: needs width, height or both',
    ]));

  it('tell all mistakes at once, each with its place', () => {
    expect(
      withOperations(
        { operation: 'resize', width: 0, height: -1 },
        { operation: 'convert', format: 'bmp' },
        { operation: 'rotate' },
        { operation: 'blur', sigma: 1, extra: true },
      ).map((mistake) => mistake.split(':')[0]),
    ).toEqual([
      '/operations/0/width',
      '/operations/0/height',
      '/operations/1/format',
      '/operations/2/angle',
      '/operations/3',
    ]);
  });

  it.each<[string, unknown]>([
    ['an unknown operation', { operation: 'sharpen' }],
    ['no operation', {}],
    ['quality 0', { operation: 'convert', format: 'jpeg', quality: 0 }],
    ['quality 101', { operation: 'convert', format: 'jpeg', quality: 101 }],
    ['SVG as a format', { operation: 'convert', format: 'svg' }],
    ['a crop without an area', { operation: 'crop', left: 0, top: 0, width: 0, height: 1 }],
    ['a negative crop', { operation: 'crop', left: -1, top: 0, width: 1, height: 1 }],
    ['no thumbnails', { operation: 'thumbnails', sizes: [] }],
    ['a thumbnail without a size', { operation: 'thumbnails', sizes: [{ name: 'a' }] }],
    ['a thumbnail named like a path', { operation: 'thumbnails', sizes: [{ width: 1, name: '../a' }] }],
    ['sigma 0', { operation: 'blur', sigma: 0 }],
    ['a blank watermark', { operation: 'watermark', text: '  ' }],
    ['a watermark with a line break', { operation: 'watermark', text: 'a\nb' }],
    ['a watermark with NUL', { operation: 'watermark', text: 'a\0b' }],
    ['a watermark without text or file', { operation: 'watermark' }],
    ['a watermark with both', { operation: 'watermark', text: 'a', fileId }],
    ['opacity 2', { operation: 'watermark', text: 'a', opacity: 2 }],
    ['a colour that is none', { operation: 'watermark', text: 'a', color: 'red" x="' }],
    ['an unknown digest', { operation: 'checksum', algorithms: ['crc7'] }],
    ['no digest', { operation: 'checksum', algorithms: [] }],
    ['level 10', { operation: 'gzip', level: 10 }],
    ['two delimiters', { operation: 'csv_to_json', delimiter: ',,' }],
    ['a quote as the delimiter', { operation: 'csv_to_json', delimiter: '"' }],
  ])('refuse %s', (_, operation) => expect(withOperations(operation)).not.toEqual([]));

  it('are 1 to 20', () => {
    expect(withOperations()).not.toEqual([]);
    const twenty = Array.from({ length: 20 }, () => ({ operation: 'grayscale' }));
    expect(withOperations(...twenty)).toEqual([]);
    expect(withOperations(...twenty, { operation: 'grayscale' })).not.toEqual([]);
  });

  it.each<[string, string[]]>([
    ['images, then any content', ['resize', 'checksum', 'gzip']],
    ['CSV, then any content', ['csv_to_json', 'checksum', 'gzip']],
    ['a digest of the compressed', ['gzip', 'checksum']],
    ['a digest before all', ['checksum', 'resize', 'gzip']],
  ])('can follow one another: %s', (_, names) => expect(withOperations(...names.map(operation))).toEqual([]));

  it.each<[string[], string]>([
    [['gzip', 'resize'], '/operations/1: resize cannot follow gzip'],
    [['gzip', 'csv_to_json'], '/operations/1: csv_to_json cannot follow gzip'],
    [['gzip', 'gzip'], '/operations/1: gzip can be there only once'],
    [['checksum', 'checksum'], '/operations/1: checksum can be there only once'],
    [['metadata', 'metadata'], '/operations/1: metadata can be there only once'],
    [['csv_to_json', 'resize'], '/operations/1: resize works on images and cannot follow csv_to_json'],
    [['resize', 'csv_to_json'], '/operations/1: csv_to_json cannot follow an operation on images'],
  ])('cannot follow one another: %j', (names, mistake) =>
    expect(withOperations(...names.map(operation))).toEqual([mistake]),
  );

  it('cannot strip the metadata that is to be kept', () =>
    expect(
      mistakes({ source: { fileId }, operations: [{ operation: 'strip_metadata' }], keepMetadata: true }),
    ).toEqual(['/keepMetadata: contradicts the operation strip_metadata']));
});

const operation = (name: string) => ({ operation: name, ...(name === 'resize' && { width: 10 }) });

describe('schemas', () => {
  it('convert to JSON Schema', () => {
    const options = { target: 'draft-2020-12' } as const;
    const payload = z.toJSONSchema(payloadSchema, { ...options, io: 'input' });
    expect(payload.$defs?.FileProcessingPayload).toMatchObject({
      type: 'object',
      required: ['source', 'operations'],
      additionalProperties: false,
    });
    expect(() => z.toJSONSchema(resultSchema, { ...options, io: 'output' })).not.toThrow();
  });
});

describe('examples', () => {
  it.each(fileProcessing.examples.map(({ summary, payload }) => [summary, payload] as const))(
    'run as they stand: %s',
    async (_, payload) => {
      const at = await bench();
      try {
        const { result } = await at.runPayload(payload);
        expect(result.outputs.length + (result.checksums ? 1 : 0)).toBeGreaterThan(0);
      } finally {
        await at.files.remove();
      }
    },
  );
});
