/** A record before and after: what was given, and what was found out about each of its fields. */

import type { ReactNode } from 'react';
import { isRecord } from '../form/schema.js';
import { wordsOf } from '../format.js';
import { Icon } from '../parts/icon.js';
import { Scroll } from '../parts/scroll.js';

interface FoundRecord {
  before: Readonly<{ [field: string]: unknown }>;
  after: Readonly<{ [field: string]: unknown }>;
  /** Who said what. */
  sources: readonly { source: string; license?: string }[];
}

export function recordIn(result: unknown): FoundRecord | undefined {
  if (!isRecord(result) || !isRecord(result.record) || !isRecord(result.enriched)) return undefined;
  const sources = Array.isArray(result.provenance) ? result.provenance.filter(isSource) : [];
  return { before: result.record, after: result.enriched, sources };
}

const isSource = (value: unknown): value is { source: string } =>
  isRecord(value) && typeof value.source === 'string';

export function Record({ found: { before, after, sources } }: { found: FoundRecord }) {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return (
    <>
      <Scroll>
        <table className="table before-after">
          <thead>
            <tr>
              <th>Field</th>
              <th>Before</th>
              <th>Added</th>
            </tr>
          </thead>
          <tbody>
            {fields.map((field) => (
              <tr key={field}>
                <th scope="row">{wordsOf(field)}</th>
                <td style={{ maxWidth: 240 }}>{field in before ? <Value value={before[field]} /> : null}</td>
                <td>{field in after ? <Added value={after[field]} /> : null}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {sources.some(({ source }) => /db-?ip/i.test(source)) && (
        <p className="help card-body">
          <a href="https://db-ip.com" rel="noreferrer">
            IP Geolocation by DB-IP
          </a>
        </p>
      )}
    </>
  );
}

function Added({ value }: { value: unknown }) {
  if (!isRecord(value)) return <Value value={value} />;
  const { valid, reason, ...facts } = value;
  return (
    <>
      {typeof valid === 'boolean' && (
        <p className={`status tone-${valid ? 'good' : 'bad'}`}>
          <Icon name={valid ? 'check' : 'close'} />
          {valid
            ? 'valid'
            : `not valid${typeof reason === 'string' ? `: ${reason.replaceAll('_', ' ')}` : ''}`}
        </p>
      )}
      <dl className="added">
        {Object.entries(facts).map(([name, fact]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{wordsOf(name)}</dt>
            <dd>
              <Value value={fact} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Value({ value }: { value: unknown }): ReactNode {
  if (value === null || value === undefined) return <span className="faint">nothing</span>;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) {
    const words = value.map(inWords);
    return words.length > 12
      ? `${words.slice(0, 12).join(', ')} and ${words.length - 12} more`
      : words.join(', ');
  }
  return inWords(value);
}

/** An object by the names in it, or by all that it has. */
function inWords(value: unknown): string {
  if (!isRecord(value)) return String(value);
  if (typeof value.name === 'string')
    return [value.name, value.version ?? value.code ?? value.value].filter(Boolean).join(' ');
  return Object.entries(value)
    .map(
      ([name, inner]) =>
        `${wordsOf(name).toLowerCase()}: ${isRecord(inner) ? inWords(inner) : String(inner)}`,
    )
    .join(', ');
}
