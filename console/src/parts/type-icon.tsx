import type { JobTypeContract } from '../api-types.js';
import { fileMemberOf } from '../pages/submit/start-with-file.js';
import { Icon, type IconName } from './icon.js';

/** A picture for a type that is known, or for what its payload is about. */
export function TypeIcon({ contract }: { contract: JobTypeContract }) {
  const known: Record<string, IconName> = {
    calculation: 'function',
    data_enrichment: 'sparkle',
    tree_growth: 'leaf',
  };
  return <Icon name={known[contract.type] ?? (fileMemberOf(contract.payloadSchema) ? 'image' : 'gear')} />;
}
