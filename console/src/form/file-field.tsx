/** A file of the store: chosen or dropped, sent with its progress, and shown; or the id of one that is there. */
import { useEffect, useId, useState } from 'react';
import type { StoredFile } from '../api-types.js';
import { formatBytes } from '../format.js';
import { Icon } from '../parts/icon.js';
import { troubleOf } from '../parts/notice.js';
import { useSession } from '../session.js';
import { uploadFile } from '../upload.js';
import type { FieldProps } from './field.js';
import { Help, Mistakes, useEntry } from './frame.js';
import { useUploads } from './uploads.js';

export function FileField(props: FieldProps) {
  const { value, onChange, pointer, schema, label } = props;
  const { apiKey } = useSession();
  const { uploads, noteUpload, first, takeFirst } = useUploads();
  const [sending, setSending] = useState<{ name: string; share: number; stop: AbortController }>();
  const [trouble, setTrouble] = useState<string>();
  const inputId = useId();
  const entry = useEntry(props);
  const known = typeof value === 'string' ? uploads.get(value) : undefined;

  const send = async (file: File) => {
    const stop = new AbortController();
    setTrouble(undefined);
    setSending({ name: file.name, share: 0, stop });
    try {
      const stored = await uploadFile(file, {
        apiKey,
        signal: stop.signal,
        onProgress: (share) => setSending({ name: file.name, share, stop }),
      });
      noteUpload(stored, file);
      onChange(stored.id);
    } catch (error) {
      if (!stop.signal.aborted) setTrouble(`${troubleOf(error).title}. ${troubleOf(error).detail}`);
    }
    setSending(undefined);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: a file that came with the page is sent once
  useEffect(() => {
    if (first !== undefined) {
      takeFirst();
      void send(first);
    }
  }, [first]);

  return (
    <div className="field">
      {known !== undefined ? (
        <Chosen file={known.file} source={known.source} onRemove={() => onChange(undefined)} />
      ) : sending !== undefined ? (
        <div className="upload">
          <span className="thumb">
            <Icon name="upload" />
          </span>
          <div>
            <strong>{sending.name}</strong>
            <p className="small faint" role="status">
              Sending, {Math.round(sending.share * 100)} %
            </p>
            <div className="progress" style={{ marginTop: 6 }}>
              <div style={{ width: `${sending.share * 100}%` }} />
            </div>
          </div>
          <button type="button" className="quiet" onClick={() => sending.stop.abort()}>
            Stop
          </button>
        </div>
      ) : (
        <div className="drop">
          <Icon name="image" />
          <div>
            <strong>Drop a file anywhere on this page</strong>
            <p>or paste it, or choose it. It is sent at once and kept for a week.</p>
          </div>
          <label className="button primary" htmlFor={inputId}>
            Choose a file
          </label>
          <input
            id={inputId}
            className="hidden-visually"
            type="file"
            aria-label={label === '' ? 'Choose a file' : label}
            onChange={({ target }) => {
              const [file] = target.files ?? [];
              if (file !== undefined) void send(file);
              target.value = '';
            }}
          />
        </div>
      )}
      {trouble !== undefined && (
        <p className="wrong" role="alert">
          <Icon name="warning" />
          {trouble}
        </p>
      )}
      {known === undefined && sending === undefined && (
        <details>
          <summary className="small">Or the id of a file that is there</summary>
          <input
            {...entry}
            aria-label="Id of a file"
            className="mono"
            style={{ marginTop: 8 }}
            type="text"
            autoComplete="off"
            placeholder="file_01…"
            value={typeof value === 'string' ? value : ''}
            onChange={({ target }) => onChange(target.value === '' ? undefined : target.value)}
          />
        </details>
      )}
      <Mistakes pointer={pointer} />
      <Help pointer={pointer} text={schema.description} />
    </div>
  );
}

function Chosen({ file, source, onRemove }: { file: StoredFile; source: Blob; onRemove(): void }) {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!file.mediaType.startsWith('image/')) return;
    const created = URL.createObjectURL(source);
    setUrl(created);
    return () => URL.revokeObjectURL(created);
  }, [file, source]);
  return (
    <div className="upload">
      {url === undefined ? (
        <span className="thumb">
          <Icon name="file" />
        </span>
      ) : (
        <img src={url} alt="" />
      )}
      <div>
        <strong>{file.name}</strong>
        <p className="small faint">
          {[
            file.width === undefined ? '' : `${file.width} × ${file.height} pixels`,
            formatBytes(file.size),
            file.mediaType,
          ]
            .filter(Boolean)
            .join(' · ')}
        </p>
      </div>
      <button type="button" className="quiet square" aria-label={`Take ${file.name} away`} onClick={onRemove}>
        <Icon name="close" />
      </button>
    </div>
  );
}
