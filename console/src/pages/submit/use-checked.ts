import { useEffect, useState } from 'react';
import { JobwrightError } from '../../../../src/client/index.js';
import type { FormMistake } from '../../form/form-context.js';
import { useSession } from '../../session.js';
import { type Draft, requestOf } from './draft.js';

/** After the last letter, in milliseconds. */
const pauseMs = 400;

/**
 * What the server says of a draft while it is written, by a dry run: the rules are in one place.
 *
 * @returns Undefined before the first answer; empty where all is right.
 */
export function useChecked(draft: Draft, isOn: boolean): readonly FormMistake[] | undefined {
  const { client } = useSession();
  const [checked, setChecked] = useState<{ draft: Draft; mistakes: readonly FormMistake[] }>();
  useEffect(() => {
    if (!isOn) return;
    const leaving = new AbortController();
    const timer = setTimeout(async () => {
      const mistakes = await client.jobs.check(requestOf(draft), { signal: leaving.signal }).then(
        () => [],
        (error: unknown) => (error instanceof JobwrightError ? error.errors : undefined),
      );
      if (mistakes !== undefined && !leaving.signal.aborted) setChecked({ draft, mistakes });
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [client, draft, isOn]);
  return isOn ? checked?.mistakes : undefined;
}
