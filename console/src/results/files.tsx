/** The files that a job made: images as pictures, everything else by name, and what was found out beside them. */
import type { StoredFile } from '../api-types.js';
import { isRecord } from '../form/schema.js';
import { formatBytes, wordsOf } from '../format.js';
import { Action } from '../parts/action.js';
import { Icon } from '../parts/icon.js';
import { Json } from '../parts/json.js';
import { save } from '../save.js';
import { useSession } from '../session.js';
import { useResource } from '../use-resource.js';
import { Picture } from './picture.js';

interface FoundFiles {
  outputs: readonly (StoredFile & { operation?: string })[];
  source: StoredFile | undefined;
  notes: readonly string[];
  /** Members beside the files. */
  more: readonly (readonly [string, unknown])[];
}

export function filesIn(result: unknown): FoundFiles | undefined {
  if (!isRecord(result) || !Array.isArray(result.outputs) || !result.outputs.every(isFile)) return undefined;
  const { outputs, source, notes, ...others } = result;
  return {
    outputs: result.outputs,
    source: isFile(source) ? source : undefined,
    notes: Array.isArray(notes) ? notes.map(String) : [],
    more: Object.entries(others),
  };
}

const isFile = (value: unknown): value is StoredFile =>
  isRecord(value) &&
  typeof value.id === 'string' &&
  value.id.startsWith('file_') &&
  typeof value.name === 'string';

export function Files({ found: { outputs, source, notes, more } }: { found: FoundFiles }) {
  const shown = outputs.length === 0 && source !== undefined ? [source] : outputs;
  return (
    <>
      <div className={`pictures ${shown.length === 1 ? 'one' : ''}`}>
        {[...shown].reverse().map((file) => (
          <FileFigure key={file.id} file={file} source={outputs.length === 0 ? undefined : source} />
        ))}
      </div>
      {notes.length > 0 && (
        <ul className="card-body help" style={{ paddingTop: 0 }}>
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {more.map(([name, value]) => (
        <div key={name} className="card-body" style={{ paddingTop: 0 }}>
          <h3 style={{ marginBottom: 8 }}>{wordsOf(name)}</h3>
          <Json value={value} />
        </div>
      ))}
    </>
  );
}

function FileFigure({ file, source }: { file: StoredFile; source: StoredFile | undefined }) {
  const { client } = useSession();
  const facts = [
    file.width === undefined ? '' : `${file.width} × ${file.height}`,
    formatBytes(file.size),
    file.mediaType,
    source?.width === undefined || file.width === undefined
      ? ''
      : `from ${source.width} × ${source.height}, ${formatBytes(source.size)}`,
  ];
  return (
    <figure className="picture">
      {file.mediaType.startsWith('image/') && <Picture file={file} />}
      {isText(file) && <TextOf file={file} />}
      <figcaption>
        <div>
          <strong>{file.name}</strong>
          <p className="small faint">{facts.filter(Boolean).join(' · ')}</p>
        </div>
        <Action run={async () => save(await (await client.files.download(file.id)).blob(), file.name)}>
          <Icon name="download" /> Download
        </Action>
      </figcaption>
    </figure>
  );
}

/** The beginning of a text is shown, in bytes. */
const textBytesMax = 20_000;

const isText = ({ mediaType }: StoredFile) =>
  mediaType.startsWith('text/') || mediaType === 'application/json';

function TextOf({ file }: { file: StoredFile }) {
  const { client } = useSession();
  const { value } = useResource(file.id, async (signal) => {
    const range = { start: 0, end: Math.min(file.size, textBytesMax) - 1 };
    return (await client.files.download(file.id, { range, signal })).text();
  });
  if (value === undefined) return <div className="skeleton" style={{ height: 120 }} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <pre className="code" tabIndex={0}>
      {value}
      {file.size > textBytesMax && '…'}
    </pre>
  );
}
