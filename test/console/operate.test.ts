/** How the service is, and the catalogue of what it can do. */
import { describe, expect, it } from 'vitest';
import { hasChromium, inspect } from '../support/browser.js';
import { consoleForTests } from '../support/console.js';

describe.skipIf(!hasChromium)('the console, for operators', () => {
  const tests = consoleForTests();
  const { open, submit } = tests;

  it('shows the last hour by lane and type, what runs where, schedules, and what failed', async () => {
    const failed = await submit('calculation', { operation: 'product', numbers: [1e200, 1e200] });
    await tests.api.jobOnce(failed, ({ status }) => status === 'failed');
    await submit('tree_growth', { stageMs: 2_000 });
    await tests.api.http
      .post('/api/schedules')
      .send({
        id: 'morning',
        cron: '0 7 * * *',
        type: 'calculation',
        payload: { operation: 'fibonacci', n: 9 },
      })
      .expect(201);
    const page = await open('#/operate');
    await page
      .getByRole('img', { name: /^Throughput of the short lane, the last 60 minutes: now \d/ })
      .waitFor();
    await page.getByRole('region', { name: 'Failures' }).getByText('calculation_overflow').waitFor();
    await page.getByRole('region', { name: 'Workers' }).getByRole('link', { name: 'tree_growth' }).waitFor();
    const schedule = page.getByRole('region', { name: 'Schedules' }).getByRole('row', { name: /morning/ });
    await schedule.getByRole('listitem').nth(2).waitFor();
    expect(await schedule.getByRole('listitem').count()).toBe(3);
    await inspect(page, 'operate');
    await schedule.getByRole('button', { name: 'Pause morning' }).click();
    await schedule.getByText('paused').waitFor();
  });

  it('pauses a type and lets it go on', async () => {
    const page = await open('#/operate');
    await page.getByRole('button', { name: 'Pause Calculation' }).click();
    await page.getByRole('button', { name: 'Resume Calculation' }).waitFor();
    const id = await submit('calculation', { operation: 'sum', numbers: [1] }, { options: { cache: false } });
    const job = await open(`#/jobs/${id}`);
    await job.getByText('Its type is paused').waitFor();
    await inspect(job, 'job-paused');
    await page.getByRole('button', { name: 'Resume Calculation' }).click();
    await job.getByText('completed', { exact: true }).first().waitFor();
  });

  it('leads from the failures of a kind to their jobs', async () => {
    const page = await open('#/operate');
    await page
      .getByRole('region', { name: 'Failures' })
      .getByRole('link', { name: 'The result is too large' })
      .click();
    await page.getByText('1 job in sight').waitFor();
  });

  it('shows the contract of each type, and tries an example of it', async () => {
    const page = await open('#/types/calculation');
    await page.getByRole('region', { name: 'Payload' }).waitFor();
    await inspect(page, 'types');
    expect(await page.getByRole('link', { name: 'Swagger' }).getAttribute('href')).toBe(
      'docs/#/Jobs/createJob',
    );
    await page.getByText('360 is 2³ × 3² × 5').click();
    await page.getByRole('link', { name: 'Try this one' }).last().click();
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByRole('columnheader', { name: 'Prime' }).waitFor();
  });
});
