/** What a page says where it has nothing to show: not yet, nothing, or not possible, and what can be done about it. */
import type { ReactNode } from 'react';
import { JobwrightConnectionError, JobwrightError } from '../../../src/client/index.js';
import { Icon, type IconName } from './icon.js';
import type { Tone } from './status.js';

interface NoticeProps {
  tone: Tone;
  icon?: IconName;
  title: ReactNode;
  children?: ReactNode;
  /** Tells it to a screen reader at once. */
  isAlert?: boolean;
}

export const Notice = ({ tone, icon = 'info', title, children, isAlert = false }: NoticeProps) => (
  <div className={`notice tone-${tone}`} role={isAlert ? 'alert' : undefined}>
    <Icon name={icon} />
    <div>
      <strong>{title}</strong>
      {children}
    </div>
  </div>
);

/** @example <Empty icon="jobs" title="No job matches">…</Empty> */
export function Empty({ icon, title, children, isPage = false }: EmptyProps) {
  const Heading = isPage ? 'h1' : 'h2';
  return (
    <div className="empty">
      <Icon name={icon} />
      <Heading>{title}</Heading>
      {children}
    </div>
  );
}

interface EmptyProps {
  icon: IconName;
  title: string;
  /** What can be done. */
  children?: ReactNode;
  /** There is nothing else on the page. */
  isPage?: boolean;
}

/** The shape of what is coming, so that nothing jumps when it comes. */
export function Loading({ rows = 4, height = 20 }: { rows?: number; height?: number }) {
  const widths = ['92%', '74%', '83%', '61%', '78%', '88%'];
  return (
    <div className="stack card-body" aria-busy="true">
      <span className="hidden-visually" role="status">
        Loading
      </span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <div key={row} className="skeleton" style={{ height, width: widths[row % widths.length] }} />
      ))}
    </div>
  );
}

/** What went wrong, in the server's own words, and a way to try again. */
export function Trouble({ error, onAgain }: { error: unknown; onAgain?: (() => void) | undefined }) {
  const { title, detail, icon } = troubleOf(error);
  return (
    <Notice tone="bad" icon={icon} title={title} isAlert>
      <p>{detail}</p>
      {error instanceof JobwrightError && error.requestId !== undefined && (
        <p className="small faint">
          Request <code>{error.requestId}</code>
        </p>
      )}
      {onAgain !== undefined && (
        <div className="row">
          <button type="button" className="button" onClick={onAgain}>
            <Icon name="retry" /> Try again
          </button>
        </div>
      )}
    </Notice>
  );
}

export function troubleOf(error: unknown): { title: string; detail: string; icon: IconName } {
  if (error instanceof JobwrightConnectionError)
    return {
      title: 'The server does not answer',
      detail: 'It may be restarting, or the network is away. This page keeps trying.',
      icon: 'cloud',
    };
  if (error instanceof JobwrightError)
    return { title: error.title ?? error.code, detail: error.detail ?? '', icon: 'warning' };
  return {
    title: 'Something went wrong in this page',
    detail: error instanceof Error ? error.message : String(error),
    icon: 'warning',
  };
}
