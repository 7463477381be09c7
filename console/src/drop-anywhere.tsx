/**
 * A file that is dropped anywhere on the page, or pasted into it, is taken to the form that works on files. It waits here
 * until that form has read it.
 */
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Icon } from './parts/icon.js';
import { goTo, hrefTo } from './routing.js';

interface Dropped {
  file: File | undefined;
  /** Hands it to the form. */
  give(file: File): void;
  /** The form has it. */
  taken(): void;
}

const DroppedContext = createContext<Dropped>({ file: undefined, give: () => {}, taken: () => {} });

export const useDropped = () => use(DroppedContext);

export function DropAnywhere({ isOn, children }: { isOn: boolean; children: ReactNode }) {
  const [file, setFile] = useState<File>();
  const [isOver, setIsOver] = useState(false);
  /** Elements under the pointer that were entered and not left. */
  const depth = useRef(0);
  const give = useCallback((given: File) => {
    setFile(given);
    goTo(hrefTo(['submit'], { with: 'file' }));
  }, []);
  const taken = useCallback(() => setFile(undefined), []);

  useEffect(() => {
    if (!isOn) return;
    const hasFile = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const onEnter = (event: DragEvent) => {
      if (!hasFile(event)) return;
      depth.current += 1;
      setIsOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (!hasFile(event)) return;
      depth.current = Math.max(0, depth.current - 1);
      if (depth.current === 0) setIsOver(false);
    };
    const onOver = (event: DragEvent) => {
      if (hasFile(event)) event.preventDefault();
    };
    const onDrop = (event: DragEvent) => {
      if (!hasFile(event)) return;
      event.preventDefault();
      depth.current = 0;
      setIsOver(false);
      const dropped = event.dataTransfer?.files[0];
      if (dropped !== undefined) give(dropped);
    };
    const onPaste = (event: ClipboardEvent) => {
      const pasted = event.clipboardData?.files[0];
      if (pasted !== undefined) give(pasted);
    };
    const leaving = new AbortController();
    const { signal } = leaving;
    addEventListener('dragenter', onEnter, { signal });
    addEventListener('dragleave', onLeave, { signal });
    addEventListener('dragover', onOver, { signal });
    addEventListener('drop', onDrop, { signal });
    addEventListener('paste', onPaste, { signal });
    return () => leaving.abort();
  }, [isOn, give]);

  const dropped = useMemo(() => ({ file, give, taken }), [file, give, taken]);
  return (
    <DroppedContext value={dropped}>
      {children}
      {isOver && (
        <div className="drop-over" aria-hidden="true">
          <div>
            <Icon name="upload" />
            Drop it, and choose what to do with it
          </div>
        </div>
      )}
    </DroppedContext>
  );
}
