/** The list of jobs: its filters, its keys, its calm, and what is done to all that match. */
import { describe, expect, it } from 'vitest';
import { hasChromium, inspect } from '../support/browser.js';
import { consoleForTests } from '../support/console.js';

describe.skipIf(!hasChromium)('the console, listing jobs', () => {
  const tests = consoleForTests();
  const { open, submit } = tests;
  const sum = { operation: 'sum', numbers: [1, 2] };
  const overflow = { operation: 'product', numbers: [1e200, 1e200] };

  it('invites whoever has no jobs yet', async () => {
    const page = await open('#/jobs');
    await page.getByRole('heading', { name: 'There are no jobs yet' }).waitFor();
    await inspect(page, 'jobs-empty');
    await page.getByRole('link', { name: 'Submit a job' }).click();
    await page.getByRole('heading', { name: 'Submit a job' }).waitFor();
  });

  it('filters by status, type, tag and error, in the address of the page', async () => {
    await submit('calculation', sum, { options: { tags: ['garden'], cache: false } });
    const failed = await submit('calculation', overflow);
    await tests.api.jobOnce(failed, ({ status }) => status === 'failed');
    const page = await open('#/jobs');
    await page
      .getByRole('link', { name: /^Calculation/ })
      .nth(1)
      .waitFor();
    await inspect(page, 'jobs');
    await page.getByLabel('Status').selectOption('failed');
    await page.getByText('1 job in sight').waitFor();
    await page.getByLabel('Status').selectOption('');
    await page.getByLabel('Tag').fill('garden');
    await page.waitForURL(/tag=garden/);
    await page.getByText('1 job in sight').waitFor();
    await page.getByLabel('Tag').fill('');
    await page.getByLabel('Error').fill('calculation_overflow');
    await page.getByText('1 job in sight').waitFor();
    await page.getByLabel('Type').selectOption('tree_growth');
    await page.getByRole('heading', { name: 'No job matches' }).waitFor();
    await inspect(page, 'jobs-none');
  });

  it('says what the server does not understand', async () => {
    const page = await open('#/jobs?tag=a%20b');
    await page.getByRole('alert').waitFor();
    await inspect(page, 'jobs-refused');
  });

  it('is walked through by keyboard', async () => {
    const page = await open('#/jobs');
    await page.locator('a.job-link').first().focus();
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.getByText('1 job selected').waitFor();
    const chosen = await page.locator('tr[aria-selected="true"] a.job-link').getAttribute('title');
    await page.keyboard.press('/');
    expect(await page.evaluate("document.activeElement.closest('.field').textContent")).toContain('Any type');
    await page.locator('tr[aria-selected="true"] a.job-link').focus();
    await page.keyboard.press('Enter');
    await page.getByText(String(chosen), { exact: true }).first().waitFor();
  });

  it('leaves what is in sight where it is while jobs come, and counts those', async () => {
    const page = await open('#/jobs');
    const first = page.locator('a.job-link').first();
    await first.waitFor();
    const before = await first.getAttribute('title');
    for (let count = 0; count < 5; count++) await submit('calculation', sum, { options: { cache: false } });
    await page.getByRole('button', { name: 'Show 5 newer' }).click();
    await page.locator(`tbody tr:nth-child(6) a[title="${before}"]`).waitFor();
  });

  it('shows what a bulk action will touch, and then how it does it', async () => {
    const page = await open('#/jobs?error=calculation_overflow');
    await page.getByRole('button', { name: 'Retry all…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Retry all that match' });
    await dialog.getByText('1 job', { exact: true }).waitFor();
    await dialog.getByText('with the error calculation_overflow').waitFor();
    await inspect(page, 'jobs-bulk');
    await dialog.getByRole('button', { name: 'Retry 1 job' }).click();
    await page.getByRole('heading', { name: 'bulk_operation' }).waitFor();
    await page.getByText('Matched', { exact: true }).waitFor();
    await inspect(page, 'jobs-bulk-done');
  });

  it('tells that the server does not answer, keeps what it knows, and goes on when it does', async () => {
    const page = await open('#/jobs');
    await page.locator('a.job-link').first().waitFor();
    await page.context().setOffline(true);
    await page.getByText('The server does not answer.', { exact: false }).waitFor();
    expect(await page.locator('a.job-link').count()).toBeGreaterThan(0);
    await inspect(page, 'jobs-offline');
    await page.context().setOffline(false);
    await page.locator('.offline').waitFor({ state: 'detached' });
  });
});
