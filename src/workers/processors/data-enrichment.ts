/**
 * `data_enrichment`: a record gains what can be known about it without asking anybody, from rules and from
 * data sets that are installed with the platform; so the same record gives the same result, byte for byte,
 * until a data set is updated, which the provenance then shows. A look-up is the one part that asks.
 *
 * One module of `data-enrichment/` knows one kind of field; `record.ts` lists them.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../models/canonical-json.js';
import { ownJobType } from '../../models/job-type.js';
import { lookUp } from './data-enrichment/lookup.js';
import { lookupAnswerSchema, lookupSchema } from './data-enrichment/lookup-schema.js';
import { templateMistake } from './data-enrichment/lookup-url.js';
import { enrichedSchema, enrichRecord, provenanceSchema, recordSchema } from './data-enrichment/record.js';
import { ownRules } from './data-enrichment/sources.js';

const payload = z
  .strictObject({
    record: recordSchema,
    defaults: z
      .strictObject({
        country: z
          .string()
          .regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 code of two capitals: DE')
          .optional()
          .describe('Country of phone numbers without a calling code. Else the country of the record.'),
      })
      .optional()
      .describe('What holds where the record does not say.'),
    lookup: lookupSchema.optional(),
  })
  .superRefine(({ record, lookup }, context) => {
    const mistake = lookup === undefined ? undefined : templateMistake(lookup.url, record);
    if (mistake !== undefined)
      context.addIssue({ code: 'custom', path: ['lookup', 'url'], message: mistake, input: lookup?.url });
  })
  .meta({ id: 'DataEnrichmentPayload' });

const result = z
  .strictObject({
    record: recordSchema.describe('As it was given.'),
    enriched: enrichedSchema,
    lookup: lookupAnswerSchema.optional(),
    provenance: provenanceSchema,
    contentHash: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe(
        'SHA-256, in hexadecimal, of the canonical JSON (RFC 8785) of {record, enriched, lookup}: equal for equal findings.',
      ),
  })
  .meta({ id: 'DataEnrichmentResult' });

export default ownJobType({
  type: 'data_enrichment',
  title: 'Data enrichment',
  description:
    'Adds what can be known about a record: the parts and validity of an email address, a phone number, a URL or a domain, the class and country of an IP address, the browser behind a user agent, the facts of a country, the language and statistics of a text, the place of a date in its year, the notations of coordinates. Deterministic and offline, with the source of each field and a hash of the content; optionally one call to an external HTTP API. A wrong value is a finding (`valid: false` with a reason), not a failed job. IP geolocation by DB-IP (https://db-ip.com).',
  payload,
  result,
  examples: [
    {
      summary: 'A full record',
      payload: {
        record: {
          name: 'Ada Lovelace',
          email: 'ada.lovelace+news@gmail.com',
          phone: '030 901820',
          url: 'https://www.bbc.co.uk/news?page=2#top',
          domain: 'münchen.de',
          ip: '8.8.8.8',
          user_agent:
            'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
          country: 'Germany',
          text: 'The Analytical Engine weaves algebraic patterns just as the Jacquard loom weaves flowers and leaves. It might act upon other things besides number.',
          date: '2026-11-22T08:30:00+01:00',
          coordinates: { latitude: 52.52, longitude: 13.405 },
        },
      },
    },
    {
      summary: 'A phone number in national notation',
      payload: { record: { phone: '(202) 456-1111' }, defaults: { country: 'US' } },
    },
    {
      summary: 'Wrong values are findings, not failures',
      payload: { record: { email: 'ada@', phone: '12', ip: '256.1.1.1', date: '2026-02-30' } },
    },
    {
      summary: 'A place, with its whole result',
      payload: { record: { coordinates: { latitude: 0, longitude: 0 } } },
      result: {
        record: { coordinates: { latitude: 0, longitude: 0 } },
        enriched: {
          coordinates: {
            valid: true,
            hemispheres: { latitude: 'equator', longitude: 'prime_meridian' },
            dms: '0°0′0.0″N 0°0′0.0″E',
            geoUri: 'geo:0,0',
            geohash: 's00000000',
            utmZone: '31N',
            solarOffsetHours: 0,
            nullIsland: true,
          },
        },
        provenance: [{ field: 'coordinates', ...ownRules }],
        contentHash: '940a4d98e7a55489db175a5e33db77ff8cc7d9ca59b0f293cdad492c28389a79',
      },
    },
  ],
  errors: {
    lookup_not_json: {
      title: 'The look-up did not answer JSON',
      when: 'The API of `lookup` answered 2xx with a body that is not JSON, or is nested deeper than 64 levels.',
    },
  },
  policy: {
    lane: 'short',
    // Only a look-up is ever tried again, and a remote server needs more than three chances.
    attempts: 5,
    timeoutMs: 30_000,
  },
  async run({ record, defaults, lookup }, context) {
    const { enriched, provenance } = await enrichRecord(record, defaults?.country);
    const content = { record, enriched };
    if (lookup === undefined) return { ...content, provenance, contentHash: hashOf(content) };
    context.progress(50, 'looking up');
    const answer = await lookUp(lookup, record, context);
    const found = { ...content, lookup: answer };
    return {
      ...found,
      provenance: [...provenance, { field: 'lookup' as const, source: answer.host }],
      contentHash: hashOf(found),
    };
  },
});

const hashOf = (content: unknown): string =>
  createHash('sha256').update(canonicalJson(content)).digest('hex');
