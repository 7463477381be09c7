/**
 * Submit a job: choose a type, fill in the form that its schema makes, or write JSON. A file that is dropped on the page
 * brings the form that works on files with it; `?from=ID` begins with the job of that id.
 */
import { useId, useState } from 'react';
import type { JobTypeContract, StoredFile } from '../../api-types.js';
import { useDropped } from '../../drop-anywhere.js';
import { UploadsContext } from '../../form/uploads.js';
import { Icon } from '../../parts/icon.js';
import { Empty, Loading, Trouble } from '../../parts/notice.js';
import { TypeIcon } from '../../parts/type-icon.js';
import { goTo, hrefTo } from '../../routing.js';
import { useSession } from '../../session.js';
import { useResource } from '../../use-resource.js';
import { useTypes } from '../../use-types.js';
import { type Draft, draftOf } from './draft.js';
import { JobForm } from './job-form.js';
import { fileMemberOf, operationsFor, payloadForFile } from './start-with-file.js';

export function SubmitPage({ query }: { query: URLSearchParams }) {
  const types = useTypes();
  const { client } = useSession();
  const from = query.get('from') ?? undefined;
  const origin = useResource(from, (signal) => client.jobs.get(from ?? '', { signal }));
  const error = types.error ?? origin.error;
  const isLoading = types.value === undefined || (from !== undefined && origin.value === undefined);
  return (
    <div className="page page-narrow">
      <div className="page-head">
        <div>
          <h1>Submit a job</h1>
          <p>Choose what is to be done. Drop a photo or any other file on this page to work on it.</p>
        </div>
        <FileButton />
      </div>
      {isLoading ? (
        error === undefined ? (
          <Loading rows={6} height={44} />
        ) : (
          <Trouble
            error={error}
            onAgain={() => (types.error === undefined ? origin.reload() : types.reload())}
          />
        )
      ) : types.value?.length === 0 ? (
        <Empty icon="book" title="There is nothing that this key may submit">
          <p>It is limited to job types that this server does not have.</p>
        </Empty>
      ) : (
        <Submit
          types={types.value ?? []}
          query={query}
          origin={
            origin.value && {
              type: origin.value.type,
              payload: origin.value.payload,
              options: optionsOf(origin.value),
            }
          }
        />
      )}
    </div>
  );
}

interface SubmitProps {
  types: readonly JobTypeContract[];
  query: URLSearchParams;
  /** A job to begin with. */
  origin: Draft | undefined;
}

function Submit({ types, query, origin }: SubmitProps) {
  const { file, taken } = useDropped();
  const [uploads, setUploads] = useState<ReadonlyMap<string, { file: StoredFile; source: Blob }>>(new Map());
  const withFile = query.get('with') === 'file';
  const fileType = types.find(({ payloadSchema }) => fileMemberOf(payloadSchema));
  const named = query.get('type') ?? (withFile ? fileType?.type : origin?.type);
  const contract = types.find(({ type }) => type === named) ?? types[0];
  if (contract === undefined) return null;
  const example = query.get('example');
  const begin = (): Draft => {
    if (origin?.type === contract.type) return origin;
    if (example === null && fileMemberOf(contract.payloadSchema) !== undefined)
      return { type: contract.type, payload: payloadForFile(contract), options: {} };
    return draftOf(contract, example === null ? undefined : Number(example));
  };
  return (
    <UploadsContext
      value={{
        uploads,
        noteUpload: (stored, source) =>
          setUploads((known) => new Map(known).set(stored.id, { file: stored, source })),
        first: file,
        takeFirst: taken,
      }}
    >
      <div className="stack" style={{ gap: 20 }}>
        <TypeChoice types={types} chosen={contract.type} />
        <JobForm
          key={`${contract.type} ${example ?? ''} ${query.get('from') ?? ''}`}
          contract={contract}
          begin={begin()}
          onFile={(payload, stored) => ({ ...payload, operations: operationsFor(stored) })}
        />
      </div>
    </UploadsContext>
  );
}

/** For whoever does not drop files. */
function FileButton() {
  const { give } = useDropped();
  const inputId = useId();
  return (
    <div>
      <input
        id={inputId}
        className="hidden-visually"
        type="file"
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          if (file !== undefined) give(file);
          target.value = '';
        }}
      />
      <label className="button" htmlFor={inputId}>
        <Icon name="upload" /> Work on a file
      </label>
    </div>
  );
}

const TypeChoice = ({ types, chosen }: { types: readonly JobTypeContract[]; chosen: string }) => (
  <fieldset>
    <legend className="hidden-visually">Type of the job</legend>
    <div className="types">
      {types.map((contract) => (
        <label className="type-card" key={contract.type}>
          <input
            type="radio"
            name="type"
            checked={contract.type === chosen}
            onChange={() => goTo(hrefTo(['submit'], { type: contract.type }), { replace: true })}
          />
          <span>
            <TypeIcon contract={contract} />
            <span>
              <strong>{contract.title}</strong>
              <small>{contract.description}</small>
            </span>
          </span>
        </label>
      ))}
    </div>
  </fieldset>
);

const optionsOf = ({
  priority,
  tags,
}: {
  priority: Draft['options']['priority'];
  tags?: string[] | undefined;
}) => ({
  ...(priority === 'normal' ? {} : { priority }),
  ...(tags === undefined ? {} : { tags }),
});
