/** Every page, light and dark, narrow and wide: axe finds nothing, and nothing has to be scrolled sideways. */
import { beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, inspect } from '../support/browser.js';
import { consoleForTests } from '../support/console.js';

const looks = [
  { width: 360, height: 740, theme: 'light' },
  { width: 820, height: 1100, theme: 'dark' },
  { width: 1440, height: 900, theme: 'light' },
  { width: 1440, height: 900, theme: 'dark' },
] as const;

describe.skipIf(!hasChromium)('the console, for everybody', () => {
  const tests = consoleForTests();
  const { open, submit } = tests;
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    ids.completed = await submit('data_enrichment', { record: { email: 'ada@example.com', ip: '8.8.8.8' } });
    ids.failed = await submit('calculation', { operation: 'product', numbers: [1e200, 1e200] });
    ids.running = await submit('tree_growth', { stageMs: 10_000 });
    ids.scheduled = await submit('tree_growth', {}, { options: { delayMs: 3_600_000, tags: ['garden'] } });
    await tests.api.jobOnce(ids.completed, ({ status }) => status === 'completed');
    await tests.api.jobOnce(ids.failed, ({ status }) => status === 'failed');
  });

  const pages: [name: string, hash: () => string, ready: string][] = [
    ['submit', () => '', 'form'],
    ['submit-file', () => '#/submit?type=file_processing', 'form'],
    ['submit-record', () => '#/submit?type=data_enrichment', 'form'],
    ['job-completed', () => `#/jobs/${ids.completed}`, '.before-after'],
    ['job-failed', () => `#/jobs/${ids.failed}`, '.notice'],
    ['job-running', () => `#/jobs/${ids.running}`, '.log'],
    ['job-scheduled', () => `#/jobs/${ids.scheduled}`, '.notice'],
    ['jobs', () => '#/jobs', 'a.job-link'],
    ['operate', () => '#/operate', '[aria-label="Workers"] table'],
    ['types', () => '#/types/file_processing', '[aria-label="Payload"]'],
    ['nowhere', () => '#/nowhere', '.empty'],
  ];

  describe.each(looks)('$width pixels wide, $theme', (look) => {
    it.each(pages)('%s', async (name, hash, ready) => {
      const page = await open(hash(), look);
      await page.locator(ready).first().waitFor();
      await inspect(page, `${name}-${look.width}-${look.theme}`);
      const [shown, needed]: number[] = await page.evaluate(
        '[innerWidth, document.documentElement.scrollWidth]',
      );
      expect(needed).toBeLessThanOrEqual(shown ?? 0);
    });
  });
});
