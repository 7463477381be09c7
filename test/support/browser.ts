/**
 * Chromium, as a person uses it: started once for a test file, each test in a profile of its own. A page that tells of an
 * error of its own, or that loads something from another host, fails its test.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const executablePath = '/usr/bin/chromium';

/** Without it the tests are skipped by their names. */
export const hasChromium = existsSync(executablePath);

const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where every test leaves what it has seen. */
const screenshotsFolder = '.cache/screenshots';

export interface PageOptions {
  width?: number;
  height?: number;
  theme?: 'light' | 'dark';
}

export interface TestBrowser {
  /** A page of a person who has never been here. */
  open(url: string, options?: PageOptions): Promise<Page>;
  /** Closes the pages of this test; throws what they told of errors. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

export async function startBrowser(): Promise<TestBrowser> {
  const browser: Browser = await chromium.launch({ executablePath, args });
  const contexts: BrowserContext[] = [];
  const troubles: string[] = [];
  return {
    async open(url, { width = 1280, height = 860, theme = 'light' } = {}) {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: theme,
        locale: 'en-GB',
      });
      contexts.push(context);
      const page = await context.newPage();
      page.setDefaultTimeout(12_000);
      page.on('pageerror', (error) => troubles.push(`error of the page: ${error.message}`));
      page.on('console', (message) => {
        // A status that the page handles is no error of the page.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
          troubles.push(`console: ${message.text()}`);
      });
      const { host } = new URL(url);
      page.on('request', (request) => {
        const asked = new URL(request.url());
        if (asked.protocol.startsWith('http') && asked.host !== host) troubles.push(`asked ${asked.host}`);
      });
      await page.goto(url);
      return page;
    },
    async finish() {
      await Promise.all(contexts.splice(0).map((context) => context.close()));
      const told = troubles.splice(0);
      if (told.length > 0) throw new Error(told.join('\n'));
    },
    close: () => browser.close(),
  };
}

/**
 * A state of the console as a person meets it: leaves a picture of it.
 *
 * @throws Error with what axe finds wrong with it
 */
export async function inspect(page: Page, name: string): Promise<void> {
  await mkdir(screenshotsFolder, { recursive: true });
  await page.screenshot({ path: `${screenshotsFolder}/${name}.png`, fullPage: true, animations: 'disabled' });
  const findings = await axeFindings(page);
  if (findings.length > 0) throw new Error(findings.join('\n'));
}

interface AxeResult {
  violations: { id: string; help: string; nodes: { target: unknown[]; failureSummary?: string }[] }[];
}

/** One line each. */
async function axeFindings(page: Page): Promise<string[]> {
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  // The content security policy lets no foreign script in; the debugger may evaluate one.
  await page.evaluate(source);
  const { violations } = await page.evaluate<AxeResult>('axe.run({ resultTypes: ["violations"] })');
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) => `${id}: ${help} at ${target.join(' ')}: ${failureSummary ?? ''}`,
    ),
  );
}
