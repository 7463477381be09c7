import { formatTime, formatTimeInFull } from '../../format.js';
import { useSession } from '../../session.js';
import { useResource } from '../../use-resource.js';

const shownMax = 3;

/** When a schedule runs next, and then. The list has the first of its times only; the others are asked for when that changes. */
export function NextRuns({ id, nextRunAt }: { id: string; nextRunAt: string | undefined }) {
  const { client } = useSession();
  const { value } = useResource(`${id} ${nextRunAt}`, (signal) => client.schedules.get(id, { signal }));
  const runs = value?.nextRuns ?? (nextRunAt === undefined ? [] : [nextRunAt]);
  return (
    <ol className="small">
      {runs.slice(0, shownMax).map((at) => (
        <li key={at} title={formatTimeInFull(at)}>
          {formatTime(at)}
        </li>
      ))}
    </ol>
  );
}
