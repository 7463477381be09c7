/** Everything that the server has found wrong with a request, in one place; each leads to its field. */
import { JobwrightError } from '../../../../src/client/index.js';
import type { FormMistake } from '../../form/form-context.js';
import { fieldIdOf } from '../../form/schema.js';
import { wordsOf } from '../../format.js';
import { Icon } from '../../parts/icon.js';
import { Notice, Trouble } from '../../parts/notice.js';

export function Refusal({ error, mistakes }: { error: unknown; mistakes: readonly FormMistake[] }) {
  if (error === undefined) return null;
  if (!(error instanceof JobwrightError) || error.errors.length === 0) return <Trouble error={error} />;
  if (mistakes.length === 0)
    return (
      <Notice tone="good" icon="check" title="It is right now">
        <p>Run it again.</p>
      </Notice>
    );
  return (
    <Notice tone="bad" icon="warning" title={titleOf(mistakes)} isAlert>
      <List mistakes={mistakes} />
    </Notice>
  );
}

/** The same beside JSON, where there are no fields, and while it is written. */
export function Mistakes({ mistakes }: { mistakes: readonly FormMistake[] }) {
  return (
    <div role="status">
      {mistakes.length === 0 ? (
        <p className="row small" style={{ color: 'var(--good)' }}>
          <Icon name="check" /> The server would accept this.
        </p>
      ) : (
        <Notice tone="warn" icon="warning" title={titleOf(mistakes)}>
          <List mistakes={mistakes} />
        </Notice>
      )}
    </div>
  );
}

const titleOf = ({ length }: readonly FormMistake[]) =>
  length === 1 ? 'One thing is not right yet' : `${length} things are not right yet`;

const List = ({ mistakes }: { mistakes: readonly FormMistake[] }) => (
  <ul>
    {mistakes.map(({ pointer, message }) => (
      <li key={`${pointer} ${message}`}>
        <button
          type="button"
          className="quiet"
          style={{ padding: 0, minHeight: 24, textAlign: 'left' }}
          onClick={() => focusField(pointer)}
        >
          <span>
            <strong>{placeOf(pointer)}</strong> {message}
          </span>
        </button>
      </li>
    ))}
  </ul>
);

/** @example placeOf('/payload/operations/0/width') // 'Operations, 1, width:' */
function placeOf(pointer: string): string {
  const steps = pointer.split('/').slice(1);
  const [first = '', ...rest] = steps[0] === 'payload' && steps.length > 1 ? steps.slice(1) : steps;
  const words = [first, ...rest].map((step) =>
    /^\d+$/.test(step) ? String(Number(step) + 1) : wordsOf(step),
  );
  return words.length === 0 || words[0] === '' ? '' : `${words.join(', ')}:`;
}

function focusField(pointer: string): void {
  const place = document.getElementById(fieldIdOf(pointer));
  const entry = place?.matches('input, select, textarea')
    ? place
    : place?.querySelector('input, select, textarea');
  if (entry instanceof HTMLElement) entry.focus();
  else place?.scrollIntoView({ block: 'center' });
}
