import type { JobTypeContract } from './api-types.js';
import { useSession } from './session.js';
import { type Resource, useResource } from './use-resource.js';

/** The contracts of the job types that the key may use, without those of the platform's own. */
export function useTypes(): Resource<readonly JobTypeContract[]> {
  const { client, me } = useSession();
  return useResource('types', async (signal) => {
    const { types } = await client.types.list({ signal });
    return types.filter(
      ({ type, internal }) => !internal && (me.types?.includes(type) ?? true),
    ) as readonly JobTypeContract[];
  });
}
