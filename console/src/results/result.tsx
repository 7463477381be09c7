/**
 * A result, shown as what it is. What it is follows from its shape and not from the name of its type, so that types of
 * one's own are shown as well as ours; what has no shape of these is shown as JSON, and all of them can be had as JSON.
 */
import type { ReactNode } from 'react';
import type { Job } from '../api-types.js';
import { Icon } from '../parts/icon.js';
import { Json } from '../parts/json.js';
import { save } from '../save.js';
import { Figures, figuresIn } from './figures.js';
import { Files, filesIn } from './files.js';
import { Histogram, histogramIn } from './histogram.js';
import { Record, recordIn } from './record.js';
import { Rows, rowsIn } from './rows.js';
import { TreeArt, treeArtIn } from './tree-art.js';

export function Result({ job }: { job: Job }) {
  const { result } = job;
  const shown = viewOf(result);
  return (
    <>
      <div className="card-head">
        <h2>Result</h2>
        <button
          type="button"
          className="quiet"
          onClick={() => save(new Blob([JSON.stringify(result, null, 2)]), `${job.id}.json`)}
        >
          <Icon name="download" /> JSON
        </button>
      </div>
      {shown}
      <details style={{ borderTop: '1px solid var(--line)' }} open={shown === undefined}>
        <summary style={{ padding: '13px 20px' }}>As JSON</summary>
        <div className="card-body" style={{ paddingTop: 0 }}>
          <Json value={result} />
        </div>
      </details>
    </>
  );
}

function viewOf(result: unknown): ReactNode | undefined {
  const files = filesIn(result);
  if (files !== undefined) return <Files found={files} />;
  const record = recordIn(result);
  if (record !== undefined) return <Record found={record} />;
  const art = treeArtIn(result);
  if (art !== undefined) return <TreeArt picture={art} />;
  const histogram = histogramIn(result);
  if (histogram !== undefined) return <Histogram bins={histogram} />;
  const figures = figuresIn(result);
  const rows = rowsIn(result);
  if (figures === undefined && rows === undefined) return undefined;
  return (
    <>
      {rows !== undefined && <Rows found={rows} />}
      {figures !== undefined && <Figures figures={figures} />}
    </>
  );
}
