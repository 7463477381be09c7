/** A few words that come and go, in the corner; a screen reader hears them. */
import { createContext, type ReactNode, use, useCallback, useRef, useState } from 'react';

/** How long they stay, in milliseconds. */
const shownMs = 5_000;

const ToastContext = createContext<(words: string) => void>(() => {});

export const useToast = () => use(ToastContext);

export function WithToasts({ children }: { children: ReactNode }) {
  const [words, setWords] = useState<string>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const say = useCallback((next: string) => {
    clearTimeout(timer.current);
    setWords(next);
    timer.current = setTimeout(() => setWords(undefined), shownMs);
  }, []);
  return (
    <ToastContext value={say}>
      {children}
      <div role="status">{words !== undefined && <div className="toast">{words}</div>}</div>
    </ToastContext>
  );
}
