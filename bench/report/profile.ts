/**
 * Where the time of a process went, of the profiles that Node writes (`--cpu-prof`): time on the processor by package, by
 * folder of our own, and by part of Node. Waiting is left out, and so are threads,
 * whose waiting looks like work.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string } }[];
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
function partOf({ functionName, url }: { functionName: string; url: string }): string {
  const [, packageName] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (packageName !== undefined) return packageName;
  const [, own] = /\/(dist\/[^?]*)\/[^/]+$/.exec(url) ?? [];
  if (own !== undefined) return own;
  const [, ofNode] = /^(node:(?:internal\/)?[^/]+)/.exec(url) ?? [];
  if (ofNode !== undefined) return ofNode;
  return functionName.startsWith('(') ? functionName : 'native code of Node';
}
