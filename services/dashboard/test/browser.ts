import { accessSync, constants, existsSync } from 'node:fs';
import { test } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';

const known = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser of this machine; CHROMIUM names another one. Null where there is none. */
const executable = (() => {
  const given = process.env['CHROMIUM'];
  const found = (given === undefined ? known : [given]).find((file) => existsSync(file));
  if (found !== undefined) accessSync(found, constants.X_OK);
  return found ?? null;
})();

const whyNot = ' (no chromium here: apt-get install chromium)';

/** A test in a real browser; skipped, with its reason in its name, where there is none. */
export const browserTest: typeof test = executable === null ? skipping() : test;

function skipping(): typeof test {
  const skip = (name: string, run: () => Promise<void>): void => test.skip(name + whyNot, run);
  const each: typeof test.each = ((table: readonly unknown[]) =>
    (name: string, run: () => Promise<void>): void =>
      test.skip.each(table as readonly string[])(name + whyNot, run)) as typeof test.each;
  // The cast: a skipping test takes what these tests give it.
  return Object.assign(skip, { each }) as unknown as typeof test;
}

let browser: Promise<Browser> | null = null;

export interface OpenOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/**
 * A page in a browser of its own context. What the page says is wrong in the console is kept in `complaints`.
 */
export async function openPage(
  url: string,
  { width = 1280, height = 900, colorScheme = 'light' }: OpenOptions = {},
): Promise<{ page: Page; complaints: string[]; close: () => Promise<void> }> {
  browser ??= chromium.launch({
    executablePath: executable!,
    // Containers and root have no sandbox of their own to give.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  });
  const context = await (
    await browser
  ).newContext({
    viewport: { width, height },
    colorScheme,
    timezoneId: 'UTC',
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  // No machine is too slow to pass.
  context.setDefaultTimeout(120_000);
  const page = steadied(await context.newPage());
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes(elsewhere)) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

/**
 * Chromium gives up whatever it loads when an interface comes or goes, as each container does that another
 * test starts. The page asks again by itself for what it shows; for the page itself this asks again.
 */
const elsewhere = 'net::ERR_NETWORK_CHANGED';

function steadied(page: Page): Page {
  let cutOff = false;
  const wasCutOff = (): boolean => cutOff;
  page.on('requestfailed', (request) => {
    if (
      request.failure()?.errorText === elsewhere &&
      ['document', 'script', 'stylesheet'].includes(request.resourceType())
    )
      cutOff = true;
  });
  const steadily = async <T>(load: () => Promise<T>): Promise<T> => {
    for (;;) {
      cutOff = false;
      try {
        const loaded = await load();
        if (!wasCutOff()) return loaded;
      } catch (error) {
        if (!String(error).includes(elsewhere)) throw error;
      }
    }
  };
  const [goto, reload] = [page.goto.bind(page), page.reload.bind(page)];
  page.goto = (url, options) => steadily(() => goto(url, options));
  page.reload = (options) => steadily(() => reload(options));
  return page;
}

/** Ends the browser; in afterAll. */
export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
  browser = null;
}
