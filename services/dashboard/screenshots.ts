// Takes the pictures of docs/screenshots from a running fleet: `npm start`, then `npm run screenshots` in
// another terminal. An address other than http://localhost:8080 is the argument; CHROMIUM names a browser
// that isn't found by itself.
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const url = process.argv[2] ?? 'http://localhost:8080';
const folder = path.resolve(import.meta.dirname, '../../docs/screenshots');
const executablePath = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((file) => file !== undefined && existsSync(file));
if (executablePath === undefined) throw new Error('no Chromium here: install it, or name one in CHROMIUM');

/** The newest of a list of the API, by the field that is its id. */
async function newest(list: string, id: string): Promise<string> {
  const answer = await fetch(`${url}${list}`).catch(() => {
    throw new Error(`nothing answers at ${url}: "npm start" first, or give the address it prints`);
  });
  const { items } = (await answer.json()) as { items: Record<string, string>[] };
  const found = items[0]?.[id];
  if (found === undefined) throw new Error(`${url}${list} is empty: train something first`);
  return found;
}

async function take(
  browser: Browser,
  name: string,
  at: string,
  { width = 1280, height = 860, dark = false, whole = false } = {},
): Promise<void> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    timezoneId: 'UTC',
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(url + at);
  await page.locator('main h1, main h2').first().waitFor();
  await page.locator('.waiting').first().waitFor({ state: 'detached' });
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: whole });
  await context.close();
  process.stdout.write(`docs/screenshots/${name}.png\n`);
}

mkdirSync(folder, { recursive: true });
const job = await newest('/api/jobs?status=completed&strategy_type=lstm&limit=1', 'job_id');
const model = await newest('/api/models?active=true&strategy_type=rl&limit=1', 'model_id');
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
await take(browser, 'overview', '/');
await take(browser, 'overview-dark', '/', { dark: true });
await take(browser, 'phone', '/', { width: 360, height: 740 });
await take(browser, 'job', `/jobs/${job}`, { whole: true });
await take(browser, 'model', `/models/${model}`, { whole: true });
await take(browser, 'schedule', '/schedule');
await browser.close();
