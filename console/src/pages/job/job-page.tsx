/** One job, followed live: what it is doing or why it waits, what came of it, and what can be done with it. */

import { JobwrightError } from '../../../../src/client/index.js';
import { curlOf } from '../../curl.js';
import { isFinal } from '../../job-status.js';
import { Copy } from '../../parts/copy.js';
import { Curl } from '../../parts/curl.js';
import { Json } from '../../parts/json.js';
import { Empty, Loading, Trouble } from '../../parts/notice.js';
import { Status } from '../../parts/status.js';
import { Result } from '../../results/result.js';
import { hrefTo } from '../../routing.js';
import { useSession } from '../../session.js';
import { useTypes } from '../../use-types.js';
import { Attempts } from './attempts.js';
import { Facts } from './facts.js';
import { JobActions } from './job-actions.js';
import { JobFailure } from './job-failure.js';
import { Log } from './log.js';
import { Timeline } from './timeline.js';
import { Tree } from './tree.js';
import { useJob } from './use-job.js';
import { Waiting } from './waiting.js';

export function JobPage({ id }: { id: string }) {
  const { me } = useSession();
  const { job, lines, linesTotal, isDeleted, error, follow } = useJob(id);
  const types = useTypes();
  if (isDeleted || (error instanceof JobwrightError && [404, 410].includes(error.status)))
    return (
      <div className="page">
        <Empty
          isPage
          icon="search"
          title={isDeleted || isGone(error) ? 'This job was removed' : 'There is no such job'}
        >
          <p>
            {isDeleted || isGone(error)
              ? 'Somebody deleted it, or its time in the store is over.'
              : 'Its id may be mistyped, or it was removed a while ago.'}
          </p>
          <a className="button" href={hrefTo(['jobs'])}>
            To the list of jobs
          </a>
        </Empty>
      </div>
    );
  if (job === undefined)
    return (
      <div className="page">
        <h1 className="hidden-visually">Job</h1>
        {error === undefined ? <Loading rows={7} height={32} /> : <Trouble error={error} onAgain={follow} />}
      </div>
    );
  const title = types.value?.find(({ type }) => type === job.type)?.title ?? job.type;
  return (
    <div className="page">
      <title>{`${job.status}: ${title} · Jobwright`}</title>
      <div className="page-head">
        <div>
          <div className="job-head">
            <h1>{title}</h1>
            <span role="status">
              <Status status={job.status} isPill />
            </span>
          </div>
          <p className="row" style={{ gap: 2 }}>
            <code className="wrap">{job.id}</code>
            <Copy text={job.id} label="Copy the id" />
          </p>
        </div>
        <JobActions job={job} onChange={follow} />
      </div>
      <div className="job">
        <div className="stack">
          {job.status === 'processing' && <Running job={job} />}
          {!isFinal(job.status) && job.status !== 'processing' && <Waiting job={job} />}
          {job.error !== undefined && <JobFailure job={job} />}
          {job.status === 'completed' && (
            <section className="card" aria-label="Result">
              <Result job={job} />
            </section>
          )}
          {(job.children !== undefined || job.parentId !== undefined) && <Tree job={job} />}
          <Log lines={lines} total={linesTotal} isLive={!isFinal(job.status)} />
          <Attempts job={job} />
          <section className="card">
            <details open={job.status !== 'completed' || undefined}>
              <summary>What was asked for</summary>
              <div className="card-body" style={{ paddingTop: 0 }}>
                <Json value={job.payload} />
              </div>
            </details>
          </section>
        </div>
        <aside className="stack aside" aria-label="About this job">
          <section className="card card-body">
            <h2 style={{ marginBottom: 14 }}>Timeline</h2>
            <Timeline job={job} />
          </section>
          <section className="card card-body">
            <h2 className="hidden-visually">Details</h2>
            <Facts job={job} />
          </section>
          <section className="card card-body">
            <Curl command={curlOf({ path: `/api/jobs/${job.id}`, hasKey: me.keyId !== undefined })} />
          </section>
        </aside>
      </div>
    </div>
  );
}

const isGone = (error: unknown) => error instanceof JobwrightError && error.status === 410;

function Running({ job: { progress } }: Pick<Parameters<typeof Timeline>[0], 'job'>) {
  return (
    <section className="card card-body" aria-label="Progress">
      <div className="row" style={{ justifyContent: 'space-between', marginBottom: 10 }}>
        <h2>{progress?.message ?? 'It is running'}</h2>
        {progress !== undefined && <span className="soft">{Math.round(progress.percent)} %</span>}
      </div>
      <div
        className="progress"
        role="progressbar"
        aria-label="Progress of the job"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={progress === undefined ? undefined : Math.round(progress.percent)}
      >
        <div
          className={progress === undefined ? 'skeleton' : ''}
          style={{ width: `${progress?.percent ?? 100}%` }}
        />
      </div>
    </section>
  );
}
