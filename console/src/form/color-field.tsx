import type { FieldProps } from './field.js';
import { Frame, useEntry } from './frame.js';

/** A colour: written, or chosen. */
export function ColorField(props: FieldProps) {
  const { schema, value, onChange, label } = props;
  const text = typeof value === 'string' ? value : '';
  const shown = text === '' ? String(schema.default ?? '#ffffff') : text;
  return (
    <Frame {...props} className="short">
      <div className="row">
        <input
          type="color"
          aria-label={`${label}, chosen from a palette`}
          value={/^#[0-9a-f]{6}$/i.test(shown) ? shown : '#ffffff'}
          onChange={({ target }) => onChange(target.value)}
        />
        <input
          {...useEntry(props)}
          type="text"
          className="mono"
          style={{ width: 130 }}
          autoComplete="off"
          value={text}
          placeholder={String(schema.default ?? '#rrggbb')}
          onChange={({ target }) => onChange(target.value === '' ? undefined : target.value)}
        />
      </div>
    </Frame>
  );
}
