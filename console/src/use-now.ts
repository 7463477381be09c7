import { useEffect, useState } from 'react';

/** The time, for words such as `3 s ago`, renewed every so often. */
export function useNow(everyMs = 1_000): number {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return nowMs;
}
