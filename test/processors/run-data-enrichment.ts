/** One attempt of `data_enrichment` as the worker makes it: payload parsed, run, result parsed. */
import type { z } from 'zod';
import type { OutboundFetch } from '../../src/models/job-type.js';
import type { LookupAnswer } from '../../src/workers/processors/data-enrichment/lookup-schema.js';
import type {
  DataRecord,
  Enriched,
  FieldName,
  Provenance,
} from '../../src/workers/processors/data-enrichment/record.js';
import dataEnrichment from '../../src/workers/processors/data-enrichment.js';
import { processorContext } from '../support/processor-context.js';

export interface EnrichmentResult {
  record: DataRecord;
  enriched: Enriched;
  lookup?: LookupAnswer;
  provenance: Provenance;
  contentHash: string;
}

export async function runDataEnrichment(payload: unknown, fetch?: OutboundFetch): Promise<EnrichmentResult> {
  const context = processorContext(fetch === undefined ? {} : { fetch });
  const result = await dataEnrichment.run(dataEnrichment.payload.parse(payload), context);
  return dataEnrichment.result.parse(result) as EnrichmentResult;
}

/** What is found out about one field of a record with nothing else in it. */
export async function factsOf<Name extends FieldName>(
  field: Name,
  value: z.input<typeof dataEnrichment.payload>,
  defaults?: { country?: string },
): Promise<Enriched[Name]> {
  const { enriched } = await runDataEnrichment({ record: { [field]: value }, defaults });
  return enriched[field];
}
