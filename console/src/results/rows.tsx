/** A list of like objects as a table. */

import { isRecord } from '../form/schema.js';
import { formatExact, wordsOf } from '../format.js';
import { Scroll } from '../parts/scroll.js';

interface FoundRows {
  name: string;
  columns: readonly string[];
  rows: readonly { readonly [column: string]: unknown }[];
}

/** Rows that are shown; JSON has all of them. */
const rowsMax = 200;

/** The first list of plain objects among the members. */
export function rowsIn(result: unknown): FoundRows | undefined {
  if (!isRecord(result)) return undefined;
  for (const [name, value] of Object.entries(result)) {
    if (!Array.isArray(value) || value.length === 0) continue;
    const rows = value.filter(isRecord);
    if (
      rows.length !== value.length ||
      rows.some((row) => Object.values(row).some((cell) => typeof cell === 'object'))
    )
      continue;
    return { name, rows, columns: [...new Set(rows.flatMap((row) => Object.keys(row)))] };
  }
  return undefined;
}

export const Rows = ({ found: { name, columns, rows } }: { found: FoundRows }) => (
  <Scroll>
    <table className="table">
      <caption className="hidden-visually">{wordsOf(name)}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} className={typeof rows[0]?.[column] === 'number' ? 'number' : ''}>
              {wordsOf(column)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, rowsMax).map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a result never changes
          <tr key={index}>
            {columns.map((column) => {
              const cell = row[column];
              return (
                <td key={column} className={typeof cell === 'number' ? 'number' : ''}>
                  {typeof cell === 'number' ? formatExact(cell) : String(cell ?? '')}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  </Scroll>
);
