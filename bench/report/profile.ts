/**
 * Where the time of a process went, of the profiles that Node writes (`--cpu-prof`): time on the processor by package, by
 * folder of our own, and by part of Node. Waiting is left out, and so are threads,
 * whose waiting looks like work.
 */
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface CallFrame {
  functionName: string;
  url: string;
  /** From 0, as are columns. */
  lineNumber: number;
  columnNumber: number;
}

interface Profile {
  nodes: { id: number; callFrame: CallFrame }[];
  samples: number[];
  timeDeltas: number[];
}

/** Parts that are shown; the rest is one line. */
const partsMax = 24;

/** Of a main thread: `CPU.<date>.<time>.<pid>.0.<number>.cpuprofile`. */
const ofMainThread = /\.0\.\d+\.cpuprofile$/;

/** One table for each process that has left its profile in a folder. */
export async function profileTables(folder: string): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => ofMainThread.test(name)).sort();
  return Promise.all(
    files.map(async (name) =>
      tableOf(name, JSON.parse(await readFile(join(folder, name), 'utf8')) as Profile),
    ),
  );
}

function tableOf(name: string, { nodes, samples, timeDeltas }: Profile): string {
  const parts = new Map(nodes.map(({ id, callFrame }) => [id, partOf(callFrame)]));
  const timesUs = new Map<string, number>();
  samples.forEach((id, index) => {
    const part = parts.get(id) ?? '';
    if (part !== '(idle)') timesUs.set(part, (timesUs.get(part) ?? 0) + (timeDeltas[index] ?? 0));
  });
  const totalUs = [...timesUs.values()].reduce((total, us) => total + us, 0);
  const sorted = [...timesUs].sort(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, partsMax);
  const restUs = sorted.slice(partsMax).reduce((total, [, us]) => total + us, 0);
  const lines = [...shown, ...(restUs > 0 ? [['the rest', restUs] as const] : [])];
  return [
    `${name}: ${(totalUs / 1e6).toFixed(2)} s on the processor`,
    '',
    '| part | share |',
    '| --- | --- |',
    ...lines.map(([part, us]) => `| ${part} | ${((100 * us) / totalUs).toFixed(1)} % |`),
    '',
  ].join('\n');
}

/** `express`, `dist/api/middleware`, `node:internal/streams`, `(garbage collector)`. */
function partOf(frame: CallFrame): string {
  const { functionName } = frame;
  const url = originOf(frame);
  const [, packageName] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (packageName !== undefined) return packageName;
  const [, own] = /\/(dist\/[^?]*)\/[^/]+$/.exec(url) ?? [];
  if (own !== undefined) return own;
  const [, ofNode] = /^(node:(?:internal\/)?[^/]+)/.exec(url) ?? [];
  if (ofNode !== undefined) return ofNode;
  return functionName.startsWith('(') ? functionName : 'native code of Node';
}

/** Where a function was written: the servers' files are joined (`scripts/bundle-servers.mjs`). */
function originOf({ url, lineNumber, columnNumber }: CallFrame): string {
  if (!/\/dist\/[^?]*\.c?js$/.test(url)) return url;
  const entry = mapOf(url)?.findEntry(lineNumber, columnNumber);
  return entry !== undefined && 'originalSource' in entry ? new URL(entry.originalSource, url).href : url;
}

const maps = new Map<string, SourceMap | undefined>();

function mapOf(url: string): SourceMap | undefined {
  if (!maps.has(url)) maps.set(url, readMap(`${fileURLToPath(url)}.map`));
  return maps.get(url);
}

function readMap(file: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
