/** The page of a job: what fails, what is cancelled, what is lost on the way, trees, and text that would be markup. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasChromium, inspect } from '../support/browser.js';
import { consoleForTests } from '../support/console.js';

const jobTypes = ['flaky', 'gathering'].map((name) => resolve(`test/support/job-types/${name}.ts`)).join();

describe.skipIf(!hasChromium)('the console, at a job', () => {
  const tests = consoleForTests({ settings: { JOB_TYPES: jobTypes } });
  const { open, submit } = tests;

  it('says what failed and what can be done, and retries it', async () => {
    const id = await submit('flaky', { failures: 4 });
    const page = await open(`#/jobs/${id}`);
    await page.getByText('failed', { exact: true }).first().waitFor();
    await page.getByText('This can pass', { exact: false }).waitFor();
    await page.getByRole('region', { name: 'Failed attempts' }).getByText('Failure 3.').waitFor();
    await inspect(page, 'job-failed');
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByText('completed', { exact: true }).first().waitFor();
    expect(await page.getByRole('region', { name: 'Failed attempts' }).getByRole('row').count()).toBe(5);
  });

  it('cancels a job that runs', async () => {
    const id = await submit('tree_growth', { stageMs: 10_000 });
    const page = await open(`#/jobs/${id}`);
    await page.getByText('processing', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('cancelled', { exact: true }).first().waitFor();
    await inspect(page, 'job-cancelled');
  });

  it('lets a job start that waits for its time', async () => {
    const id = await submit(
      'calculation',
      { operation: 'sum', numbers: [1] },
      { options: { delayMs: 3_600_000 } },
    );
    const page = await open(`#/jobs/${id}`);
    await page.getByText('Its time has not come').waitFor();
    await inspect(page, 'job-scheduled');
    await page.getByRole('button', { name: 'Start now' }).click();
    await page.getByText('completed', { exact: true }).first().waitFor();
  });

  it('begins another job with what one was asked', async () => {
    const id = await submit('calculation', { operation: 'fibonacci', n: 12 });
    const page = await open(`#/jobs/${id}`);
    await page.getByRole('link', { name: 'Run again, changed' }).click();
    const field = page.locator('#field-payload-n');
    await field.waitFor();
    expect(await field.inputValue()).toBe('12');
    await field.fill('13');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByText('233', { exact: true }).first().waitFor();
  });

  it('follows on after its stream of events was lost', async () => {
    const id = await submit('tree_growth', { stageMs: 700 });
    const page = await open(`#/jobs/${id}`);
    await page.getByRole('progressbar').waitFor();
    tests.api.server.closeAllConnections();
    await page.getByText('completed', { exact: true }).first().waitFor();
    await page.getByRole('img', { name: 'The picture that the job has drawn' }).waitFor();
    await inspect(page, 'job-after-a-loss');
  });

  it('draws a tree that fills in while its jobs are done', async () => {
    const children = [1, 2, 3].map((n) => ({
      type: 'calculation',
      payload: { operation: 'sum', numbers: [n, n] },
    }));
    const slow = { type: 'tree_growth', payload: { stageMs: 300 } };
    const id = await submit('gathering', {}, { children: [...children, slow] });
    const page = await open(`#/jobs/${id}`);
    const tree = page.getByRole('region', { name: 'Tree', exact: true });
    await tree.getByRole('link', { name: 'tree_growth processing' }).waitFor();
    await inspect(page, 'job-tree');
    await tree.getByText('5 of 5 finished').waitFor();
    await tree.getByRole('link', { name: 'tree_growth completed' }).click();
    await page.getByRole('heading', { name: 'Tree growth' }).waitFor();
  });

  it('shows markup in whatever a client can set as the text that it is', async () => {
    const evil = '<script>window.hacked = true</script><img src=x onerror="window.hacked = true">';
    const record = {
      name: evil,
      email: evil,
      text: evil,
      url: 'javascript:window.hacked=true',
      user_agent: evil,
    };
    const id = await submit('data_enrichment', { record }, { options: { fairnessKey: evil } });
    const page = await open(`#/jobs/${id}`);
    await page.getByText('completed', { exact: true }).first().waitFor();
    await page.getByText(evil, { exact: true }).first().waitFor();
    await inspect(page, 'job-with-markup');
    await page.getByRole('link', { name: 'Run again, changed' }).click();
    await page.locator('#field-payload-record-name').waitFor();
    const named = encodeURIComponent(evil);
    for (const hash of [
      `#/jobs?tag=${named}&error=${named}&type=${named}`,
      `#/types/${named}`,
      `#/jobs/${named}`,
      `#/${named}`,
    ]) {
      await page.goto(`${tests.api.url}/${hash}`);
      await page.locator('main').waitFor();
    }
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(await page.locator('main script, main img[src="x"]').count()).toBe(0);
  });

  it('says that a job is not there', async () => {
    const page = await open('#/jobs/calculation_01kb4nq5xaewr9m3xj3t1qh8zd');
    await page.getByRole('heading', { name: 'There is no such job' }).waitFor();
    await inspect(page, 'job-missing');
  });
});
