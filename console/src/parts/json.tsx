/** JSON as it is read best: in lines, with names, texts and literals told apart. */
import { Fragment, useMemo } from 'react';
import { Copy } from './copy.js';

/** Characters; what is longer is cut, and said to be. */
const shownMax = 60_000;

export function Json({ value }: { value: unknown }) {
  const text = useMemo(() => JSON.stringify(value, null, 2) ?? 'undefined', [value]);
  return (
    <div className="with-copy">
      <Copy text={text} label="Copy JSON" />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre className="code" tabIndex={0}>
        {text.length > shownMax ? text.slice(0, shownMax) : tokensOf(text)}
      </pre>
      {text.length > shownMax && (
        <p className="help">The first {shownMax.toLocaleString('en')} characters. Copy has all of it.</p>
      )}
    </div>
  );
}

const token = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function tokensOf(text: string) {
  const tokens = [];
  let from = 0;
  for (const match of text.matchAll(token)) {
    const [whole, string, colon] = match;
    if (match.index > from) tokens.push(<Fragment key={from}>{text.slice(from, match.index)}</Fragment>);
    const kind = string === undefined ? 'literal' : colon === undefined ? 'string' : 'key';
    tokens.push(
      <span key={match.index} className={kind}>
        {string ?? whole}
      </span>,
    );
    if (colon !== undefined) tokens.push(colon);
    from = match.index + whole.length;
  }
  return [...tokens, text.slice(from)];
}
