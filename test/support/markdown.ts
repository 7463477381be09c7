/** The project's Markdown as the documentation tests read it: which files there are, and what a text consists of. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Markdown files of the repository, relative to its folder: those at its top and those in `docs/`. */
export const markdownFiles = (): string[] =>
  [...filesIn(''), ...filesIn('docs')].filter((file) => file.endsWith('.md')).sort();

/** Files right in a folder of the repository, relative to the repository's. */
export const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(folder, entry.name));

export const readText = (file: string): string =>
  readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

const fence = /^(?<ticks>```+)(?<language>[^\n`]*)\n(?<body>[\s\S]*?)^\k<ticks>[ \t]*$/gm;

/** The fenced blocks of a text; those in one language where it is given. */
export const blocksOf = (text: string, language?: string): string[] =>
  [...text.matchAll(fence)]
    .filter(({ groups }) => language === undefined || groups?.language?.trim() === language)
    .map(({ groups }) => groups?.body ?? '');

export const withoutBlocks = (text: string): string => text.replaceAll(fence, '');

/** What stands in backticks within the lines. */
export const codeSpansOf = (text: string): string[] =>
  [...withoutBlocks(text).matchAll(/(`+)(.+?)\1(?!`)/g)].map(([, , code = '']) => code.trim());

/** Targets of links and images. */
export const linksOf = (text: string): string[] => {
  const prose = withoutBlocks(text).replaceAll(/(`+)(.+?)\1(?!`)/g, 'code');
  return [
    ...[...prose.matchAll(/\]\(([^()\s]+)(?: "[^"]*")?\)/g)].map(([, target = '']) => target),
    ...[...prose.matchAll(/^\[[^\]]+\]:\s+(\S+)/gm)].map(([, target = '']) => target),
  ];
};

/** The names by which links within a page reach its headings, as GitHub makes them. */
export const anchorsOf = (text: string): string[] =>
  [...withoutBlocks(text).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );

export interface Table {
  head: string[];
  rows: string[][];
}

/** The tables of a text, cell by cell. */
export function tablesOf(text: string): Table[] {
  const tables: Table[] = [];
  let previous = '';
  let open: Table | undefined;
  for (const line of withoutBlocks(text).split('\n')) {
    if (!line.startsWith('|')) open = undefined;
    else if (open !== undefined) open.rows.push(cellsOf(line));
    else if (/^\|[\s|:-]+\|$/.test(line)) {
      open = { head: cellsOf(previous), rows: [] };
      tables.push(open);
    }
    previous = line;
  }
  return tables;
}

/** A table by its first column's heading. @throws Error where there is none. */
export function tableOf(text: string, firstHeading: string): Table {
  const table = tablesOf(text).find(({ head }) => head[0] === firstHeading);
  if (table === undefined) throw new Error(`there is no table that begins with a column "${firstHeading}"`);
  return table;
}

/** A cell without its backticks. */
export const plain = (cell: string | undefined): string => (cell ?? '').replace(/^`(.*)`$/, '$1');

const cellsOf = (line: string): string[] =>
  line
    .replace(/^\||\|\s*$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
