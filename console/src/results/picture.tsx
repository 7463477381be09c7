/** A picture out of the file store, fetched with the reader's key and shown as bytes of this page. */
import { useEffect, useState } from 'react';
import type { StoredFile } from '../api-types.js';
import { formatBytes } from '../format.js';
import { Icon } from '../parts/icon.js';
import { useSession } from '../session.js';

/** A larger one is only fetched when it is asked for, in bytes. */
const shownBytesMax = 20_000_000;

export function Picture({ file }: { file: StoredFile }) {
  const { client } = useSession();
  const [isWanted, setIsWanted] = useState(file.size <= shownBytesMax);
  const [url, setUrl] = useState<string>();
  const [isMissing, setIsMissing] = useState(false);
  useEffect(() => {
    if (!isWanted) return;
    const leaving = new AbortController();
    let created: string | undefined;
    const load = async () => {
      const response = await client.files.download(file.id, { signal: leaving.signal });
      created = URL.createObjectURL(await response.blob());
      if (leaving.signal.aborted) URL.revokeObjectURL(created);
      else setUrl(created);
    };
    load().catch(() => {
      if (!leaving.signal.aborted) setIsMissing(true);
    });
    return () => {
      leaving.abort();
      if (created !== undefined) URL.revokeObjectURL(created);
    };
  }, [client, file.id, isWanted]);
  return (
    <div className="frame">
      {url !== undefined ? (
        <img
          src={url}
          alt={`${file.name}, ${file.width} by ${file.height} pixels`}
          width={file.width}
          height={file.height}
        />
      ) : isMissing ? (
        <p className="soft small row">
          <Icon name="image" /> The file is no longer kept.
        </p>
      ) : isWanted ? (
        <div className="skeleton" style={{ width: '100%', height: 160 }} />
      ) : (
        <button type="button" className="button" onClick={() => setIsWanted(true)}>
          Show ({formatBytes(file.size)})
        </button>
      )}
    </div>
  );
}
