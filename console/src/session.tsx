/**
 * Who is looking: the client with its key, and what that key may do. The key is kept in the tab's own storage: another
 * tab does not have it, and closing this one forgets it.
 */
import { createContext, type ReactNode, use, useCallback, useMemo, useState } from 'react';
import { JobwrightClient, JobwrightError } from '../../src/client/index.js';
import type { Me, Scope } from './api-types.js';
import { noteLost, noteReached } from './connection.js';
import { SignIn } from './pages/sign-in.js';
import { Loading, Trouble } from './parts/notice.js';
import { basePath } from './routing.js';
import { useResource } from './use-resource.js';

export interface Session {
  client: JobwrightClient;
  me: Me;
  /** What the key may not do is not offered. */
  can(scope: Scope): boolean;
  apiKey: string | undefined;
  /** Undefined where the server has no keys. */
  signOut: (() => void) | undefined;
}

const storageKey = 'jobwright.key';
const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === undefined) throw new Error('there is no session around this');
  return session;
}

/** Shows its children to whoever the server knows, and asks everybody else for a key. */
export function WithSession({ children }: { children: ReactNode }) {
  const [apiKey, setApiKey] = useState(() => sessionStorage.getItem(storageKey) ?? undefined);
  const [wasRefused, setWasRefused] = useState(false);

  const leave = useCallback((refused: boolean) => {
    sessionStorage.removeItem(storageKey);
    setApiKey(undefined);
    setWasRefused(refused);
  }, []);
  const client = useMemo(
    () =>
      new JobwrightClient({
        url: basePath,
        ...(apiKey === undefined ? {} : { apiKey }),
        fetch: watchedFetch,
      }),
    [apiKey],
  );
  const {
    value: me,
    error,
    reload,
  } = useResource(`me ${apiKey ?? ''}`, (signal) => client.service.me({ signal }), 60_000);

  const isUnknown = error instanceof JobwrightError && error.status === 401;
  const session = useMemo<Session | undefined>(
    () =>
      me === undefined
        ? undefined
        : {
            client,
            me,
            apiKey,
            can: (scope) => me.scopes.includes(scope),
            signOut: me.keyId === undefined ? undefined : () => leave(false),
          },
    [client, me, apiKey, leave],
  );
  if (isUnknown)
    return (
      <SignIn
        wasRefused={wasRefused || apiKey !== undefined}
        onKey={(key) => {
          sessionStorage.setItem(storageKey, key);
          setWasRefused(false);
          setApiKey(key);
          reload();
        }}
      />
    );
  if (session !== undefined) return <SessionContext value={session}>{children}</SessionContext>;
  return (
    <main className="main">
      <div className="page page-narrow">
        {error === undefined ? <Loading /> : <Trouble error={error} onAgain={reload} />}
      </div>
    </main>
  );
}

/** Every request tells whether the server is there. */
const watchedFetch: typeof fetch = async (input, init) => {
  try {
    const response = await fetch(input, init);
    // A proxy answers for a server that is away.
    if (response.status === 502 || response.status === 504) noteLost();
    else noteReached();
    return response;
  } catch (error) {
    if (!init?.signal?.aborted) noteLost();
    throw error;
  }
};
