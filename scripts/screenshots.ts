/**
 * `npm run screenshots`: the three pictures of the console that README.md shows, of real servers with real jobs. A test
 * holds them against the sources by their stamp (docs/images/sources.sha256).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JobwrightClient } from '../src/client/index.js';
import { childEnvironment } from '../src/config.js';
import { startBrowser } from '../test/support/browser.js';
import { consoleSourcesDigest } from '../test/support/console-sources.js';
import { photo } from '../test/support/images.js';

const folder = 'docs/images';
const data = await mkdtemp(join(tmpdir(), 'jobwright-screenshots-'));
const server = spawn(process.execPath, ['scripts/run.mjs', '--port', '0'], {
  env: childEnvironment({ DATA_DIR: data, METRICS_ADDR: 'none', NODE_ENV: 'development' }),
  stdio: ['ignore', 'pipe', 'inherit'],
});
const browser = await startBrowser();
try {
  const url = await addressOf(server.stdout);
  const client = new JobwrightClient({ url });
  await mkdir(folder, { recursive: true });
  const page = await browser.open(url, { width: 1280, height: 800 });
  const keep = (name: string) => page.screenshot({ path: `${folder}/${name}.png`, animations: 'disabled' });

  await page.locator('.page-head input[type=file]').setInputFiles({
    name: 'holiday.jpg',
    mimeType: 'image/jpeg',
    buffer: await photo(1600, 1200),
  });
  await page.getByText('1600 × 1200 pixels').waitFor();
  await keep('console-submit');
  await page.getByRole('button', { name: 'Run' }).click();
  await page.getByRole('img', { name: /^holiday.jpg, 800 by 600/ }).waitFor();
  await keep('console-job');

  for (let n = 0; n < 60; n++)
    await client.jobs.submit({ type: 'calculation', payload: { operation: 'fibonacci', n: 1_000 + n } });
  for (let n = 1; n < 5; n++)
    await client.jobs.submit({
      type: 'calculation',
      payload: { operation: 'product', numbers: [1e200, 1e200, n] },
    });
  for (const species of ['apple', 'cherry', 'pine'])
    await client.jobs.submit({ type: 'tree_growth', payload: { species, stageMs: 5_000 } });
  await page.goto(`${url}/#/operate`);
  await page.getByRole('region', { name: 'Failures' }).getByRole('link').first().waitFor();
  await page.getByRole('region', { name: 'Workers' }).getByRole('link').first().waitFor();
  await keep('console-operate');
  await writeFile(`${folder}/sources.sha256`, `${await consoleSourcesDigest()}\n`);
} finally {
  await browser.close();
  server.kill('SIGTERM');
  await once(server, 'exit');
  await rm(data, { recursive: true, force: true });
}

async function addressOf(output: NodeJS.ReadableStream): Promise<string> {
  let said = '';
  for await (const part of output) {
    said += part;
    const [, address] = / API {12}(http:\S+)\n/.exec(said) ?? [];
    if (address !== undefined) {
      // Nobody reads on; the pipe must not fill up.
      output.resume();
      return address;
    }
  }
  throw new Error(`the servers have ended:\n${said}`);
}
