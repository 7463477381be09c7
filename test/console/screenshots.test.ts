import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { consoleSourcesDigest } from '../support/console-sources.js';

it('README.md shows the console as it is: `npm run screenshots` after a change', async () => {
  const readme = await readFile('README.md', 'utf8');
  const pictures = [...readme.matchAll(/\]\((docs\/images\/[\w-]+\.png)\)/g)].map(([, path = '']) => path);
  expect(pictures).toHaveLength(3);
  for (const path of pictures) expect((await readFile(path)).length, path).toBeGreaterThan(10_000);
  expect((await readFile('docs/images/sources.sha256', 'utf8')).trim()).toBe(await consoleSourcesDigest());
});
