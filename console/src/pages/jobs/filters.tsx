import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { jobStatuses } from '../../job-status.js';
import { goTo, hrefTo } from '../../routing.js';
import { useTypes } from '../../use-types.js';
import { type ListFilter, spans } from './job-filter.js';

/** After the last letter of a text, in milliseconds. */
const pauseMs = 350;

/** What the jobs must have. Each change is the address of another list. */
export function Filters({ filter }: { filter: ListFilter }) {
  const types = useTypes();
  const first = useRef<HTMLSelectElement>(null);
  const change = (part: ListFilter) => goTo(hrefTo(['jobs'], { ...filter, ...part }), { replace: true });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || isTyping(event.target)) return;
      event.preventDefault();
      first.current?.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  return (
    <search className="filters">
      <Labelled label="Type">
        {(id) => (
          <select
            id={id}
            ref={first}
            value={filter.type ?? ''}
            onChange={({ target }) => change({ type: target.value })}
          >
            <option value="">Any type</option>
            {types.value?.map(({ type, title }) => (
              <option key={type} value={type}>
                {title}
              </option>
            ))}
            <option value="bulk_operation">Bulk operations</option>
            <option value="callback_delivery">Callback deliveries</option>
          </select>
        )}
      </Labelled>
      <Labelled label="Status">
        {(id) => (
          <select
            id={id}
            value={filter.status ?? ''}
            onChange={({ target }) => change({ status: target.value })}
          >
            <option value="">Any status</option>
            {jobStatuses.map((status) => (
              <option key={status} value={status}>
                {status}
              </option>
            ))}
          </select>
        )}
      </Labelled>
      <Labelled label="Time">
        {(id) => (
          <select
            id={id}
            value={filter.within ?? ''}
            onChange={({ target }) => change({ within: target.value })}
          >
            <option value="">Any time</option>
            {Object.entries(spans).map(([name, { label }]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Labelled>
      <Labelled label="Tag">
        {(id) => (
          <Text id={id} value={filter.tag} placeholder="invoice-42" onChange={(tag) => change({ tag })} />
        )}
      </Labelled>
      <Labelled label="Error">
        {(id) => (
          <Text
            id={id}
            value={filter.error}
            placeholder="attempt_timeout"
            onChange={(error) => change({ error })}
          />
        )}
      </Labelled>
    </search>
  );
}

function Labelled({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  );
}

interface TextProps {
  id: string;
  value: string | undefined;
  placeholder: string;
  onChange(text: string): void;
}

/** Asks for another list when the reader has stopped typing. */
function Text({ id, value = '', placeholder, onChange }: TextProps) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // The address has changed by other means.
  useEffect(() => setText(value), [value]);
  return (
    <input
      id={id}
      type="search"
      autoComplete="off"
      spellCheck={false}
      value={text}
      placeholder={placeholder}
      onChange={({ target }) => {
        setText(target.value);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => onChange(target.value.trim()), pauseMs);
      }}
    />
  );
}

export const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.matches('input:not([type="checkbox"]), select, textarea');
