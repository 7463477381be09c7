import { formatAgo, formatTime, formatTimeInFull } from '../format.js';
import { useNow } from '../use-now.js';

/** How long ago; the whole time is in its title. */
export function Ago({ at }: { at: string }) {
  const nowMs = useNow();
  return (
    <time dateTime={at} title={formatTimeInFull(at)}>
      {formatAgo(at, nowMs)}
    </time>
  );
}

/** When. */
export const At = ({ at }: { at: string }) => (
  <time dateTime={at} title={formatTimeInFull(at)}>
    {formatTime(at)}
  </time>
);
