/** Who may do what: a key is asked for, kept for the tab, and what it may not do is not offered. */
import { describe, expect, it } from 'vitest';
import { hasChromium, inspect } from '../support/browser.js';
import { consoleForTests } from '../support/console.js';
import { entriesOf, testKey } from '../support/keys.js';

const admin = testKey('boss', { tenant: 'shop', scopes: ['admin'] });
const reader = testKey('reader', { tenant: 'shop', scopes: ['read'] });

describe.skipIf(!hasChromium)('the console, with API keys', () => {
  const { open } = consoleForTests({ settings: { API_KEYS: entriesOf([admin, reader]) } });

  it('refuses a key that is none, and lets one in that is', async () => {
    const page = await open();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await inspect(page, 'sign-in');
    await page.getByLabel('API key').fill('jw_nonsense');
    await page.keyboard.press('Enter');
    await page.getByText('This key is not valid here').waitFor();
    await inspect(page, 'sign-in-refused');
    await page.getByLabel('API key').fill(admin.key);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Submit a job' }).waitFor();
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByText('completed', { exact: true }).first().waitFor();
    const kept: string[] = await page.evaluate(
      '[Object.values(localStorage).join(), Object.values(sessionStorage).join()]',
    );
    expect(kept[0]).not.toContain(admin.key);
    expect(kept[1]).toContain(admin.key);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.evaluate('Object.values(sessionStorage).join()')).not.toContain(admin.key);
  });

  it('offers a key that may only read nothing else', async () => {
    const page = await open('#/jobs');
    await page.getByLabel('API key').fill(reader.key);
    await page.keyboard.press('Enter');
    await page.locator('a.job-link').first().click();
    await page.getByText('completed', { exact: true }).first().waitFor();
    await inspect(page, 'job-reader');
    for (const name of ['Delete', 'Retry', 'Cancel'])
      expect(await page.getByRole('button', { name }).count()).toBe(0);
    for (const name of ['Submit', 'Run again, changed'])
      expect(await page.getByRole('link', { name, exact: true }).count()).toBe(0);
    await page.getByRole('link', { name: 'Operate' }).click();
    await page.getByRole('region', { name: 'The short lane' }).waitFor();
    expect(await page.getByRole('region', { name: 'Workers' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: /^Pause/ }).count()).toBe(0);
    await inspect(page, 'operate-reader');
  });
});
