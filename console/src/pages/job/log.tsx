/** What the processor logged. The end stays in sight while it grows, unless the reader has scrolled away from it. */
import { useLayoutEffect, useRef } from 'react';
import type { LogLine } from '../../api-types.js';
import { formatTime, plural } from '../../format.js';

interface LogProps {
  lines: readonly LogLine[];
  total: number;
  isLive: boolean;
}

export function Log({ lines, total, isLive }: LogProps) {
  const list = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: more lines move the end
  useLayoutEffect(() => {
    const { current } = list;
    if (current !== null && isAtEnd.current && isLive) current.scrollTop = current.scrollHeight;
  }, [lines, isLive]);
  if (lines.length === 0) return null;
  return (
    <section className="card" aria-label="Log">
      <div className="card-head">
        <h2>Log</h2>
        <span className="small faint">
          {lines.length < total ? `${lines.length} of ${plural(total, 'line')}` : plural(total, 'line')}
        </span>
      </div>
      {/* biome-ignore-start lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <ol
        className="log"
        ref={list}
        tabIndex={0}
        aria-label="Lines of the log"
        onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
          isAtEnd.current = scrollTop + clientHeight >= scrollHeight - 24;
        }}
      >
        {lines.map(({ index, at, message }) => (
          <li key={index}>
            {at === undefined ? <span /> : <time dateTime={at}>{formatTime(at)}</time>}
            <span>{message}</span>
          </li>
        ))}
      </ol>
      {/* biome-ignore-end lint/a11y/noNoninteractiveTabindex: the same */}
    </section>
  );
}
