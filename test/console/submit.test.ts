/** A person's way from the empty page to the answer, for each type, and what happens to a form that is not right. */
import { describe, expect, it } from 'vitest';
import { hasChromium, inspect } from '../support/browser.js';
import { consoleForTests } from '../support/console.js';
import { photo } from '../support/images.js';

describe.skipIf(!hasChromium)('the console, submitting', () => {
  const { open } = consoleForTests();

  it('answers a Fibonacci number in three steps: choose it, type the number, run it', async () => {
    const page = await open();
    await page.getByRole('radio', { name: 'Fibonacci', exact: true }).check();
    await page.locator('#field-payload-n').fill('90');
    await page.keyboard.press('Enter');
    await page.getByText('2880067194370816120', { exact: true }).first().waitFor();
    await page.getByText('completed', { exact: true }).first().waitFor();
    await inspect(page, 'submit-fibonacci');
  });

  it('shows a histogram as bars and as a table', async () => {
    const page = await open();
    await page.getByRole('radio', { name: 'Histogram', exact: true }).check();
    await page.locator('#field-payload-numbers').fill('1\n2\n2\n3\n5\n6\n7');
    await page.getByText('7 numbers').waitFor();
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByRole('img', { name: 'Histogram of 7 numbers in 10 bins' }).waitFor();
    await inspect(page, 'submit-histogram');
  });

  it('resizes a photo that is dropped on the page, without a word read', async () => {
    const page = await open();
    const bytes = (await photo(1200, 900)).toString('base64');
    const data = await page.evaluateHandle(`(() => {
      const transfer = new DataTransfer();
      const bytes = Uint8Array.from(atob('${bytes}'), (character) => character.charCodeAt(0));
      transfer.items.add(new File([bytes], 'holiday.jpg', { type: 'image/jpeg' }));
      return transfer;
    })()`);
    // Until then the page takes no file.
    await page.getByRole('button', { name: 'Run' }).waitFor();
    await page.dispatchEvent('h1', 'dragenter', { dataTransfer: data });
    await page.getByText('Drop it, and choose what to do with it').waitFor();
    await page.dispatchEvent('h1', 'drop', { dataTransfer: data });
    await page.getByText('1200 × 900 pixels').waitFor();
    expect(await page.getByLabel('Width').inputValue()).toBe('800');
    await inspect(page, 'submit-photo');
    await page.getByRole('button', { name: 'Run' }).click();
    const picture = page.getByRole('img', { name: 'holiday.jpg, 800 by 600 pixels' });
    await picture.waitFor();
    expect(await page.evaluate("document.querySelector('.picture img').naturalWidth")).toBe(800);
    await inspect(page, 'job-photo');
  });

  it('shows a record before and after', async () => {
    const page = await open('#/submit?type=data_enrichment');
    await page.locator('#field-payload-record-email').fill('ada.lovelace@gmail.com');
    await page.locator('#field-payload-record-ip').fill('8.8.8.8');
    await page.getByRole('button', { name: 'Run' }).click();
    const row = page.getByRole('row', { name: /^Email/ });
    await row.getByText('valid', { exact: true }).waitFor();
    expect(await row.textContent()).toContain('gmail.com');
    // Its licence asks for that wherever its data are shown.
    await page.getByRole('link', { name: 'IP Geolocation by DB-IP' }).waitFor();
    await inspect(page, 'job-record');
  });

  it('follows a tree while it grows', async () => {
    const page = await open('#/submit?type=tree_growth');
    await page.locator('#field-payload-stageMs').fill('250');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByRole('progressbar').waitFor();
    await inspect(page, 'job-running');
    await page.getByRole('img', { name: 'The picture that the job has drawn' }).waitFor();
    await page.getByRole('region', { name: 'Log' }).waitFor();
    await inspect(page, 'job-tree-growth');
  });

  it('shows what the server says is wrong at its field, and that it is right once it is', async () => {
    const page = await open();
    await page.getByRole('radio', { name: 'Fibonacci', exact: true }).check();
    const field = page.locator('#field-payload-n');
    await field.fill('-1');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByRole('alert').getByText('One thing is not right yet').waitFor();
    await page.locator('#field-payload-n-wrong').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await inspect(page, 'submit-wrong');
    await field.fill('10');
    await page.getByText('It is right now').waitFor();
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByText('55', { exact: true }).first().waitFor();
  });

  it('checks JSON while it is written', async () => {
    const page = await open();
    await page.getByRole('radio', { name: 'JSON', exact: true }).check();
    const text = page.getByLabel('The request, as JSON');
    await text.fill('{"type": "calculation", ');
    await page.getByText('This is not JSON yet').waitFor();
    await text.fill('{"type": "calculation", "payload": {"operation": "sum", "nubmers": [1]}}');
    await page.getByText('did you mean "numbers"').waitFor();
    await inspect(page, 'submit-json');
    await text.fill('{"type": "calculation", "payload": {"operation": "sum", "numbers": [20, 22]}}');
    await page.getByText('The server would accept this.').waitFor();
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByText('42', { exact: true }).first().waitFor();
  });

  it('gives the same as a command', async () => {
    const page = await open();
    await page.getByText('The same with curl').click();
    const command = await page.locator('pre.code').last().textContent();
    expect(command).toMatch(/^curl -s 'http:\/\/127\.0\.0\.1:\d+\/api\/jobs'/);
    expect(command).toContain('"operation":"complex"');
  });
});
