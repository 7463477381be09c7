import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fieldNames } from '../../src/workers/processors/data-enrichment/record.js';
import dataEnrichment from '../../src/workers/processors/data-enrichment.js';
import { runDataEnrichment } from './run-data-enrichment.js';

const full = z
  .object({ record: z.record(z.string(), z.unknown()) })
  .parse(dataEnrichment.examples[0]?.payload);

const mistakes = (payload: unknown) =>
  dataEnrichment.payload
    .safeParse(payload)
    .error?.issues.map(({ path, code, message }) => ({ path: path.join('/'), code, message })) ?? [];

describe('data_enrichment', () => {
  it.each(dataEnrichment.examples.map((example) => [example.summary, example] as const))(
    'runs its example: %s',
    async (_summary, { payload, result }) => {
      const actual = await runDataEnrichment(payload);
      if (result !== undefined) expect(actual).toEqual(result);
    },
  );

  it('knows every kind of field that its first example has, and the example has every kind', async () => {
    const { record, enriched } = await runDataEnrichment(full);
    expect(Object.keys(record).sort()).toEqual([...fieldNames].sort());
    expect(Object.keys(enriched).sort()).toEqual([...fieldNames].sort());
    for (const facts of Object.values(enriched)) expect(facts).toMatchObject({ valid: true });
  });

  it('gives the record back as it was given, whatever is in it', async () => {
    const record = { name: '  Zoë\u0000 \u202eרות 👩‍👩‍👧 \ud800', text: 'a\r\nb' };
    expect((await runDataEnrichment({ record })).record).toEqual(record);
  });

  it('gives the same bytes for the same record', async () => {
    const [first, second] = [await runDataEnrichment(full), await runDataEnrichment(full)];
    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
  });

  it('hashes the canonical JSON of record and findings, however the members are ordered', async () => {
    const reversed = Object.fromEntries(Object.entries(full.record).reverse());
    const { contentHash } = await runDataEnrichment(full);
    expect((await runDataEnrichment({ record: reversed })).contentHash).toBe(contentHash);
    expect((await runDataEnrichment({ record: { ...full.record, name: 'Ada King' } })).contentHash).not.toBe(
      contentHash,
    );

    const place = await runDataEnrichment({ record: { coordinates: { longitude: 0, latitude: 0 } } });
    const canonical =
      '{"enriched":{"coordinates":{"dms":"0°0′0.0″N 0°0′0.0″E","geoUri":"geo:0,0","geohash":"s00000000","hemispheres":{"latitude":"equator","longitude":"prime_meridian"},"nullIsland":true,"solarOffsetHours":0,"utmZone":"31N","valid":true}},"record":{"coordinates":{"latitude":0,"longitude":0}}}';
    expect(place.contentHash).toBe(createHash('sha256').update(canonical).digest('hex'));
  });

  it('names the source and version of every field', async () => {
    const { provenance } = await runDataEnrichment(full);
    for (const field of fieldNames) {
      const sources = provenance.filter((source) => source.field === field);
      expect(sources.length, field).toBeGreaterThan(0);
      for (const source of sources) {
        expect(source.version, field).toMatch(/^\d+(\.\d+|-\d+)*$/);
        expect(source.license, field).toMatch(/^(MIT|ISC|CC0-1\.0|CC-BY-4\.0|Unicode-3\.0)$/);
      }
    }
    expect(provenance.find(({ source }) => source.startsWith('DB-IP'))).toMatchObject({
      field: 'ip',
      license: 'CC-BY-4.0',
      attribution: expect.stringContaining('https://db-ip.com'),
    });
  });

  it('looks only at the fields that are there', async () => {
    const { enriched, provenance } = await runDataEnrichment({ record: { country: 'FR' } });
    expect(Object.keys(enriched)).toEqual(['country']);
    expect(new Set(provenance.map(({ field }) => field))).toEqual(new Set(['country']));
  });

  it('has schemas that convert to JSON Schema, a description on each field', () => {
    const options = { target: 'draft-2020-12', io: 'input' } as const;
    const payload = z.toJSONSchema(dataEnrichment.payload, options).$defs?.DataEnrichmentPayload;
    const result = z.toJSONSchema(dataEnrichment.result, options).$defs?.DataEnrichmentResult;
    expect(result).toHaveProperty('properties.contentHash');
    const record = z
      .object({
        properties: z.record(z.string(), z.object({ description: z.string() })),
        minProperties: z.literal(1),
      })
      .parse(payload?.properties?.record);
    expect(Object.keys(record.properties)).toEqual(fieldNames);
  });
});

describe('a payload of data_enrichment that is wrong', () => {
  it.each([
    [{}, 'record', 'invalid_type'],
    [{ record: null }, 'record', 'invalid_type'],
    [{ record: [] }, 'record', 'invalid_type'],
    [{ record: { email: 1 } }, 'record/email', 'invalid_type'],
    [{ record: { email: null } }, 'record/email', 'invalid_type'],
    [{ record: { text: 'x'.repeat(20_001) } }, 'record/text', 'too_big'],
    [{ record: { coordinates: { latitude: 1 } } }, 'record/coordinates/longitude', 'invalid_type'],
    [
      { record: { coordinates: { latitude: '1', longitude: 2 } } },
      'record/coordinates/latitude',
      'invalid_type',
    ],
    [{ record: { country: 'DE' }, defaults: { country: 'Germany' } }, 'defaults/country', 'invalid_format'],
  ])('%j is refused at %s', (payload, path, code) =>
    expect(mistakes(payload)).toEqual([expect.objectContaining({ path, code })]),
  );

  it('is refused for a field that no kind knows, which it names', () => {
    expect(mistakes({ record: { ip: '::1', e_mail: 'a@b.de' } })).toEqual([
      expect.objectContaining({
        path: 'record',
        code: 'unrecognized_keys',
        message: expect.stringContaining('e_mail'),
      }),
    ]);
    expect(mistakes({ record: { ip: '::1' }, lookups: {} })).toEqual([
      expect.objectContaining({ path: '', message: expect.stringContaining('lookups') }),
    ]);
  });

  it('is refused without a field, and lists those there are', () => {
    expect(mistakes({ record: {} })).toEqual([
      expect.objectContaining({ path: 'record', message: expect.stringContaining('email, phone, url') }),
    ]);
  });

  it('is refused with all its mistakes at once', () => {
    expect(mistakes({ record: { email: 1, ip: 2 }, lookup: { url: 1 } }).map(({ path }) => path)).toEqual([
      'record/email',
      'record/ip',
      'lookup/url',
    ]);
  });
});
