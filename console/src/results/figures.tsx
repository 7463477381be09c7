/** Numbers and words with names: one answer in large type, or several beside each other. */
import { isRecord } from '../form/schema.js';
import { formatExact, wordsOf } from '../format.js';
import { Copy } from '../parts/copy.js';

export type Figure = readonly [name: string, value: string];

/** Digits of an answer from which on it is set smaller. */
const longFrom = 26;

/** The single values of an object; undefined where it has none. */
export function figuresIn(result: unknown): readonly Figure[] | undefined {
  if (!isRecord(result)) return undefined;
  const figures = Object.entries(result).flatMap(([name, value]): Figure[] =>
    typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean'
      ? [[name, typeof value === 'number' ? formatExact(value) : String(value)]]
      : [],
  );
  return figures.length === 0 ? undefined : figures;
}

export function Figures({ figures }: { figures: readonly Figure[] }) {
  // What is called so is the answer; what stands beside it was asked.
  const answer =
    figures.find(([name]) => name === 'value') ?? (figures.length === 1 ? figures[0] : undefined);
  if (answer === undefined)
    return (
      <dl className="figures">
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{wordsOf(name)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    );
  const [name, value] = answer;
  const others = figures.filter((figure) => figure !== answer);
  return (
    <div className="answer">
      <p className="soft">
        {wordsOf(name)}
        {others.map(([other, of]) => ` · ${other} = ${of}`)}
        {/^\d+$/.test(value) && value.length > longFrom && ` · ${value.length.toLocaleString('en')} digits`}
      </p>
      <div className="row" style={{ flexWrap: 'nowrap', alignItems: 'flex-start' }}>
        <p
          className={`value ${value.length > longFrom ? 'long' : ''}`}
          tabIndex={value.length > longFrom ? 0 : undefined}
        >
          {value}
        </p>
        <Copy text={value} label="Copy the answer" />
      </div>
    </div>
  );
}
