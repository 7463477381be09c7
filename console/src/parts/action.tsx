/** A button that asks the API for something: busy until it is answered, and what is refused is said beside it. */
import { type ReactNode, useState } from 'react';
import { troubleOf } from './notice.js';
import { useToast } from './toast.js';

interface ActionProps {
  run(): Promise<unknown>;
  children: ReactNode;
  className?: string;
  title?: string;
  /** Said when it is done. */
  done?: string;
}

export function Action({ run, children, className = 'button', title, done }: ActionProps) {
  const [isBusy, setIsBusy] = useState(false);
  const toast = useToast();
  return (
    <button
      type="button"
      className={className}
      title={title}
      aria-label={title}
      disabled={isBusy}
      onClick={async () => {
        setIsBusy(true);
        try {
          await run();
          if (done !== undefined) toast(done);
        } catch (error) {
          const { title: what, detail } = troubleOf(error);
          toast(`${what}: ${detail}`);
        }
        setIsBusy(false);
      }}
    >
      {children}
    </button>
  );
}
