/** A record: the kinds of field that it may have, what it looks like, and what is found out about all of it. */
import { z } from 'zod';
import { coordinates } from './coordinates.js';
import { country, countryCode } from './country.js';
import { date } from './date.js';
import { domain } from './domain.js';
import { email } from './email.js';
import type { FieldKind } from './field-kind.js';
import { ip } from './ip.js';
import { name } from './name.js';
import { phone } from './phone.js';
import { sourceSchema } from './sources.js';
import { text } from './text.js';
import { url } from './url.js';
import { userAgent } from './user-agent.js';

const kinds = {
  name,
  email,
  phone,
  url,
  domain,
  ip,
  user_agent: userAgent,
  country,
  text,
  date,
  coordinates,
};

export type FieldName = keyof typeof kinds;
export const fieldNames = Object.keys(kinds) as [FieldName, ...FieldName[]];

export const recordSchema = z
  .strictObject({
    name: name.input.optional(),
    email: email.input.optional(),
    phone: phone.input.optional(),
    url: url.input.optional(),
    domain: domain.input.optional(),
    ip: ip.input.optional(),
    user_agent: userAgent.input.optional(),
    country: country.input.optional(),
    text: text.input.optional(),
    date: date.input.optional(),
    coordinates: coordinates.input.optional(),
  })
  .refine((record) => Object.values(record).some((value) => value !== undefined), {
    error: `must have at least one of ${fieldNames.join(', ')}`,
  })
  .meta({ minProperties: 1, description: 'What is known so far: at least one field.' });

export type DataRecord = z.output<typeof recordSchema>;

export const enrichedSchema = z
  .strictObject({
    name: name.facts.optional(),
    email: email.facts.optional(),
    phone: phone.facts.optional(),
    url: url.facts.optional(),
    domain: domain.facts.optional(),
    ip: ip.facts.optional(),
    user_agent: userAgent.facts.optional(),
    country: country.facts.optional(),
    text: text.facts.optional(),
    date: date.facts.optional(),
    coordinates: coordinates.facts.optional(),
  })
  .describe('What is found out, under the name of each field of the record.');

export type Enriched = z.input<typeof enrichedSchema>;

export const provenanceSchema = z
  .array(z.strictObject({ field: z.enum([...fieldNames, 'lookup']), ...sourceSchema.shape }))
  .describe('Where each enriched field comes from.');

export type Provenance = z.output<typeof provenanceSchema>;

/** @param given The request's own default country; the record's country comes second. */
export async function enrichRecord(
  record: DataRecord,
  given: string | undefined,
): Promise<{ enriched: Enriched; provenance: Provenance }> {
  const country = given ?? (record.country === undefined ? undefined : await countryCode(record.country));
  const surroundings = country === undefined ? {} : { country };
  const facts: [FieldName, unknown][] = [];
  const provenance: Provenance = [];
  for (const [field, kind] of Object.entries<FieldKind>(kinds) as [FieldName, FieldKind][]) {
    const value = record[field];
    if (value === undefined) continue;
    const finding = await kind.enrich(value, surroundings);
    facts.push([field, finding.facts]);
    provenance.push(...finding.sources.map((source) => ({ field, ...source })));
  }
  // The result's schema holds each field against the facts of its kind.
  return { enriched: Object.fromEntries(facts) as Enriched, provenance };
}
