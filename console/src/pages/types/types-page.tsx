/** The catalogue of job types: what each takes, gives and promises. */

import type { JobTypeContract } from '../../api-types.js';
import { Prose } from '../../form/frame.js';
import { resolve } from '../../form/schema.js';
import { formatDuration, plural } from '../../format.js';
import { Icon } from '../../parts/icon.js';
import { Json } from '../../parts/json.js';
import { Empty, Loading, Trouble } from '../../parts/notice.js';
import { Scroll } from '../../parts/scroll.js';
import { TypeIcon } from '../../parts/type-icon.js';
import { hrefTo } from '../../routing.js';
import { useSession } from '../../session.js';
import { useTypes } from '../../use-types.js';
import { Members } from './members.js';

export function TypesPage({ type }: { type: string | undefined }) {
  const types = useTypes();
  const shown =
    types.value?.find((contract) => contract.type === type) ??
    (type === undefined ? types.value?.[0] : undefined);
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>Types</h1>
          <p>What can be done here: the contract of each job type.</p>
        </div>
        <a className="button" href="openapi.json">
          OpenAPI
        </a>
      </div>
      {types.value === undefined ? (
        types.error === undefined ? (
          <Loading rows={6} />
        ) : (
          <Trouble error={types.error} onAgain={types.reload} />
        )
      ) : (
        <div className="catalogue">
          <nav className="catalogue-list" aria-label="Job types">
            {types.value.map((contract) => (
              <a
                key={contract.type}
                href={hrefTo(['types', contract.type])}
                aria-current={contract === shown ? 'page' : undefined}
              >
                {contract.title}
                <small>{contract.type}</small>
              </a>
            ))}
          </nav>
          {shown === undefined ? (
            <Empty icon="book" title={`There is no job type ${type ?? ''}`} />
          ) : (
            <Contract key={shown.type} contract={shown} />
          )}
        </div>
      )}
    </div>
  );
}

function Contract({ contract }: { contract: JobTypeContract }) {
  const { can } = useSession();
  const { type, title, description, version, policy, examples, errors, payloadSchema, resultSchema, paused } =
    contract;
  const declared = Object.entries(errors ?? {});
  return (
    <div className="stack">
      <section className="card card-body stack" aria-label={title}>
        <div className="row" style={{ justifyContent: 'space-between' }}>
          <h2 className="row" style={{ fontSize: 18 }}>
            <TypeIcon contract={contract} /> {title}
            {paused === true && <span className="status tone-warn">paused</span>}
          </h2>
          <div className="row">
            <a className="button" href="docs/#/Jobs/createJob">
              <Icon name="external" /> Swagger
            </a>
            {can('submit') && (
              <a className="button primary" href={hrefTo(['submit'], { type })}>
                <Icon name="play" /> Try it
              </a>
            )}
          </div>
        </div>
        <p className="soft">
          <Prose text={description} />
        </p>
        <dl className="facts">
          <dt>Version</dt>
          <dd>{version}</dd>
          <dt>Lane</dt>
          <dd>{policy.lane}</dd>
          <dt>Attempts</dt>
          <dd>
            {policy.attempts}, the second after {formatDuration(policy.backoff.initialMs)}, each further wait{' '}
            {policy.backoff.factor} times longer, up to {formatDuration(policy.backoff.maxMs)}
          </dd>
          <dt>Timeout</dt>
          <dd>{formatDuration(policy.timeoutMs)} an attempt</dd>
          {policy.concurrency !== undefined && (
            <>
              <dt>At once</dt>
              <dd>{plural(policy.concurrency, 'job')}, over all workers</dd>
            </>
          )}
          {policy.rateLimit !== undefined && (
            <>
              <dt>Rate</dt>
              <dd>
                {plural(policy.rateLimit.max, 'start')} in {formatDuration(policy.rateLimit.durationMs)}
              </dd>
            </>
          )}
          <dt>The same work</dt>
          <dd>{sameWork(policy)}</dd>
          <dt>Kept</dt>
          <dd>
            completed ones {formatDuration(policy.retention.completedAgeMs)}, failed ones{' '}
            {formatDuration(policy.retention.failedAgeMs)}
          </dd>
        </dl>
      </section>
      <section className="card" aria-label="Payload">
        <div className="card-head">
          <h2>Payload</h2>
        </div>
        <Members schema={payloadSchema} />
        <AsSchema schema={payloadSchema} />
      </section>
      <section className="card" aria-label="Result">
        <div className="card-head">
          <h2>Result</h2>
        </div>
        <Members schema={resolve(resultSchema, resultSchema)} root={resultSchema} />
        <AsSchema schema={resultSchema} />
      </section>
      <section className="card" aria-label="Examples">
        <div className="card-head">
          <h2>Examples</h2>
        </div>
        {examples.map(({ summary, payload }, index) => (
          <details key={summary} style={{ borderTop: index === 0 ? 0 : '1px solid var(--line)' }}>
            <summary style={{ padding: '11px 20px' }}>{summary}</summary>
            <div className="card-body stack" style={{ paddingTop: 0 }}>
              <Json value={payload} />
              {can('submit') && (
                <div>
                  <a className="button" href={hrefTo(['submit'], { type, example: String(index) })}>
                    <Icon name="play" /> Try this one
                  </a>
                </div>
              )}
            </div>
          </details>
        ))}
      </section>
      {declared.length > 0 && (
        <section className="card" aria-label="Failures of its own">
          <div className="card-head">
            <h2>Failures of its own</h2>
          </div>
          <Scroll>
            <table className="table members">
              <thead>
                <tr>
                  <th>Code</th>
                  <th>When it happens</th>
                </tr>
              </thead>
              <tbody>
                {declared.map(([code, { title: what, when }]) => (
                  <tr key={code}>
                    <td>
                      <code>{code}</code>
                    </td>
                    <td>
                      {what}. <span className="soft">{when}</span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        </section>
      )}
    </div>
  );
}

function sameWork({ join, cacheMs }: JobTypeContract['policy']): string {
  if (cacheMs > 0) return `is answered from what was done in the last ${formatDuration(cacheMs)}`;
  return join ? 'joins a job that is under way' : 'is done again';
}

const AsSchema = ({ schema }: { schema: unknown }) => (
  <details style={{ borderTop: '1px solid var(--line)' }}>
    <summary style={{ padding: '13px 20px' }}>As JSON Schema</summary>
    <div className="card-body" style={{ paddingTop: 0 }}>
      <Json value={schema} />
    </div>
  </details>
);
