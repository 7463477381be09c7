/** What failed, in words, and what can be done about it. */
import type { Job } from '../../api-types.js';
import { Notice } from '../../parts/notice.js';
import { basePath } from '../../routing.js';
import { useSession } from '../../session.js';
import { useResource } from '../../use-resource.js';

export function JobFailure({ job }: { job: Job }) {
  const { client } = useSession();
  const { error, status } = job;
  const meaning = useResource(error?.code, (signal) => client.service.error(error?.code ?? '', { signal }));
  if (error === undefined) return null;
  const isOver = status === 'failed';
  if (status === 'cancelled')
    return (
      <Notice tone="idle" title={error.title}>
        <p className="wrap">{error.detail}</p>
      </Notice>
    );
  return (
    <Notice
      tone={isOver ? 'bad' : 'warn'}
      icon="warning"
      title={isOver ? error.title : `The last attempt failed: ${error.title}`}
    >
      <p className="wrap">{error.detail}</p>
      <p style={{ marginTop: 8 }}>
        {isOver ? adviceFor(meaning.value?.retry, job) : 'It is tried again by itself.'}
      </p>
      <p className="small faint" style={{ marginTop: 8 }}>
        <a href={`${basePath}/api/errors/${encodeURIComponent(error.code)}`}>
          <code>{error.code}</code>
        </a>
        {meaning.value !== undefined && ` · ${meaning.value.when}`}
      </p>
    </Notice>
  );
}

function adviceFor(isPassing: boolean | undefined, { attempts }: Job): string {
  if (isPassing === undefined) return '';
  if (isPassing)
    return `This can pass: ${attempts.made === 1 ? 'one attempt has' : `${attempts.made} attempts have`} not been enough. Retry it when the cause is gone.`;
  return 'This does not pass by itself: the same input fails again. Run it again with changes.';
}
