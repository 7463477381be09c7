/**
 * Something that the API knows, read when the page needs it and again every so often. What was read last stays in sight
 * while it is read again, and while the server is away; nothing is read while the page is not looked at.
 */
import { useCallback, useEffect, useRef, useState } from 'react';

export interface Resource<Value> {
  /** Undefined before the first answer. */
  value: Value | undefined;
  /** Of the latest attempt; `value` may be there all the same. */
  error: unknown;
  reload(): void;
}

/**
 * @param key What `load` depends on: with another key, it is another thing. Undefined: nothing is read.
 * @param everyMs Undefined: once.
 */
export function useResource<Value>(
  key: string | undefined,
  load: (signal: AbortSignal) => Promise<Value>,
  everyMs?: number,
): Resource<Value> {
  const [state, setState] = useState<{ key: string | undefined; value?: Value; error?: unknown }>({ key });
  const [round, setRound] = useState(0);
  const latestLoad = useRef(load);
  latestLoad.current = load;
  const reload = useCallback(() => setRound((count) => count + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another round reads again
  useEffect(() => {
    if (key === undefined) return;
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      clearTimeout(timer);
      if (document.hidden && everyMs !== undefined) return;
      try {
        const value = await latestLoad.current(leaving.signal);
        if (!leaving.signal.aborted) setState({ key, value });
      } catch (error) {
        if (!leaving.signal.aborted)
          setState((state) => (state.key === key ? { ...state, error } : { key, error }));
      }
      if (everyMs !== undefined && !leaving.signal.aborted) timer = setTimeout(read, everyMs);
    };
    const onVisible = () => void (document.hidden || everyMs === undefined || read());
    document.addEventListener('visibilitychange', onVisible);
    void read();
    return () => {
      leaving.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [key, everyMs, round]);

  const isCurrent = state.key === key;
  return { value: isCurrent ? state.value : undefined, error: isCurrent ? state.error : undefined, reload };
}
