/**
 * CSV as a stream into a JSON array as a stream, row by row: the file may be larger than the memory. The JSON
 * is put together here, so that a column may have any name.
 */
import { pipeline, type Readable, Transform } from 'node:stream';
import { CsvError, type InfoRecord, parse } from 'csv-parse';
import type { Content } from './content.js';
import { declaredFailure } from './declared-errors.js';
import type { OperationOf } from './operations.js';

export interface CsvFacts {
  rows: number;
  /** Their names, where the first row has them. */
  columns?: string[];
}

/** As csv-parse gives it with the option `info`. */
interface CsvRow {
  record: string[];
  info: InfoRecord;
}

const rowLengthMax = 1_048_576;
/** As many as a spreadsheet has. */
const columnsMax = 16_384;
/** The names stand in every row of the JSON: long ones would make gigabytes of a small file. */
const headerBytesMax = 262_144;

/** @param found Filled in each time that the content is read. */
export function csvToJson(content: Content, operation: OperationOf<'csv_to_json'>, found: CsvFacts): Content {
  return {
    name: `${content.name.replace(/\.(csv|tsv|txt)$/i, '')}.json`,
    mediaType: 'application/json',
    open: async () => jsonOf(await content.open(), operation, found),
  };
}

function jsonOf(csv: Readable, { delimiter, header }: OperationOf<'csv_to_json'>, found: CsvFacts): Readable {
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    skip_empty_lines: true,
    // Told apart below, in words of ours and with the line.
    relax_column_count: true,
    max_record_size: rowLengthMax,
  });
  const json = jsonLines(header, found);
  // An error of the former streams destroys the last one with it, and so reaches whoever reads.
  parser.on('error', (error) => json.destroy(explained(error)));
  pipeline(csv, utf8Only(), parser, json, () => {});
  return json;
}

/** Passes on text and refuses anything else: the parser would replace it silently. */
function utf8Only(): Transform {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const decoded = (chunk?: Uint8Array) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch (error) {
      throw declaredFailure('invalid_csv', 'The file is not text in UTF-8.', error);
    }
  };
  return new Transform({
    transform(chunk: Uint8Array, _, done) {
      settle(done, () => decoded(chunk));
    },
    flush(done) {
      settle(done, () => decoded());
    },
  });
}

/** Rows in, the text of a JSON array out. */
function jsonLines(header: boolean, found: CsvFacts): Transform {
  /** The names as JSON, each with its colon. */
  let keys: string[] | undefined;
  let width: number | undefined;
  found.rows = 0;
  delete found.columns;
  return new Transform({
    writableObjectMode: true,
    transform({ record, info }: CsvRow, _, done) {
      settle(done, () => {
        if (record.length > columnsMax)
          throw declaredFailure(
            'invalid_csv',
            `Line ${info.lines} has ${record.length} columns; the limit is ${columnsMax}.`,
          );
        width ??= record.length;
        if (record.length !== width)
          throw declaredFailure(
            'invalid_csv',
            `Line ${info.lines} has ${record.length} columns; the first row has ${width}.`,
          );
        if (header && keys === undefined) {
          keys = keysOf(record);
          found.columns = record;
          return '';
        }
        return `${found.rows++ === 0 ? '[\n' : ',\n'}${rowAsJson(record, keys)}`;
      });
    },
    flush(done) {
      done(null, found.rows === 0 ? '[]\n' : '\n]\n');
    },
  });
}

function keysOf(names: string[]): string[] {
  const before = new Set<string>();
  for (const [index, name] of names.entries()) {
    const mistake =
      name.trim() === ''
        ? 'has no name'
        : before.has(name) && `has a name that is there twice: ${JSON.stringify(name)}`;
    if (mistake) throw declaredFailure('invalid_csv', `Column ${index + 1} of the first row ${mistake}.`);
    before.add(name);
  }
  const keys = names.map((name) => `${JSON.stringify(name)}:`);
  const bytes = Buffer.byteLength(keys.join(''));
  if (bytes > headerBytesMax)
    throw declaredFailure(
      'invalid_csv',
      `The names of the columns have ${bytes} bytes as JSON; the limit is ${headerBytesMax}.`,
    );
  return keys;
}

function rowAsJson(values: string[], keys: string[] | undefined): string {
  if (keys === undefined) return JSON.stringify(values);
  return `{${keys.map((key, index) => key + JSON.stringify(values[index])).join(',')}}`;
}

function settle(done: (error: Error | null, value?: string) => void, value: () => string): void {
  let result: string;
  try {
    result = value();
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  done(null, result);
}

const explanations: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_INVALID_CLOSING_QUOTE: 'a closing quote is followed by something other than a delimiter',
  INVALID_OPENING_QUOTE: 'a quote is opened in the middle of a value',
  CSV_MAX_RECORD_SIZE: `a row is longer than ${rowLengthMax} bytes`,
};

function explained(error: Error): Error {
  if (!(error instanceof CsvError)) return error;
  const what = explanations[error.code] ?? 'the row cannot be read';
  const line = 'lines' in error && typeof error.lines === 'number' ? ` near line ${error.lines}` : '';
  return declaredFailure('invalid_csv', `The CSV is not valid${line}: ${what}.`, error);
}
