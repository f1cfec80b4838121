// The page's Data: every symbol, and one of them.
import { afterAll, expect } from '@jest/globals';
import { seriousFindings } from './accessible.ts';
import { browserTest, closeBrowser, openPage } from './browser.ts';
import { startLab } from './lab.ts';

const lab = await startLab();
const { sql } = lab;
afterAll(async () => {
  await closeBrowser();
  await lab.end();
});

browserTest('of 5,000 symbols it draws those in sight; search, order and Back work by keyboard', async () => {
  await sql`
    INSERT INTO market_data (time, symbol, open, high, low, close)
    SELECT date_trunc('hour', now()) - make_interval(hours => i + s % 7), 'S' || lpad(s::text, 4, '0'), 10,
      11, 9, 10 + i % 3
    FROM generate_series(1, 4999) s, generate_series(1, 5) i`;
  await sql`
    INSERT INTO market_data (time, symbol, open, high, low, close)
    SELECT date_trunc('hour', now()) - make_interval(hours => i), 'BTC/USD', 10, 11, 9, 10 + i % 3
    FROM generate_series(1, 400) i WHERE i NOT BETWEEN 50 AND 52`;
  const { page, complaints, close } = await openPage(`${lab.url}/data`);
  await page.getByText('5,000 symbols · 1 with gaps').waitFor();
  const rows = page.locator('.symbols tbody tr:not(.space)');
  expect(await rows.count()).toBeLessThan(100);
  expect(await page.locator('.symbols').getAttribute('aria-rowcount')).toBe('5001');
  // By keyboard alone: the last row comes into sight.
  await page.getByRole('region', { name: 'Symbols' }).last().press('End');
  await page.getByRole('link', { name: 'S4999' }).waitFor();

  await page.getByRole('button', { name: 'Gaps' }).press('Enter');
  await page.locator('th[data-column=gaps][aria-sort=descending]').waitFor();
  await rows.first().filter({ hasText: 'BTC/USD' }).waitFor();
  await page.getByRole('searchbox').fill('s000');
  await page.getByText('9 of 5,000 symbols').waitFor();
  await page.reload();
  await page.getByText('9 of 5,000 symbols').waitFor();
  expect(await page.getByRole('columnheader', { name: 'Gaps' }).getAttribute('aria-sort')).toBe('descending');
  await page.getByRole('searchbox').fill('btc');
  await page.getByRole('link', { name: 'BTC/USD' }).press('Enter');
  await page.getByRole('heading', { name: 'BTC/USD' }).waitFor();
  await page.getByRole('heading', { name: 'Gaps (1)' }).waitFor();
  await page.getByRole('heading', { name: 'Data check (1)' }).waitFor();
  await page.getByText('BTC/USD: 3 bars are missing in one gap at times that usually have some').waitFor();
  expect(
    await page.getByRole('region', { name: 'Table of gaps' }).getByRole('row').last().textContent(),
  ).toMatch(/3$/);
  await page.getByText('Close of the newest 397 bars').waitFor();
  await page.goBack();
  expect(await page.getByRole('searchbox').inputValue()).toBe('btc');
  await page.getByText('1 of 5,000 symbols').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

browserTest(
  'what the data check finds stands in the list, the worst first; quiet symbols say so',
  async () => {
    await sql`
    INSERT INTO market_data (time, symbol, open, high, low, close)
    SELECT date_trunc('hour', now()) - make_interval(hours => i), 'ETH/USD', 10, 11, 9, 10 + i % 3
    FROM generate_series(1, 400) i`;
    await sql`INSERT INTO market_data (time, symbol, open, high, low, close)
    VALUES (date_trunc('hour', now()) - interval '99.7 hours', 'ETH/USD', 10, 11, 9, 10)`;
    await sql`
    INSERT INTO market_data (time, symbol, open, high, low, close)
    SELECT date_trunc('hour', now()) - make_interval(days => 100, hours => i), 'OLD', 10, 11, 9, 10 + i % 3
    FROM generate_series(1, 400) i`;
    const { page, complaints, close } = await openPage(`${lab.url}/data?q=d`);
    await page
      .getByText(
        '3 of 5,002 symbols · 1 with gaps in their newest bars · 1 with bars that look wrong · 1 quiet',
      )
      .waitFor();
    const cell = (symbol: string, column: string) =>
      page.getByRole('row').filter({ hasText: symbol }).locator(`[data-column=${column}]`);
    expect(await cell('ETH/USD', 'check').textContent()).toBe('off grid');
    expect(await cell('ETH/USD', 'check').getAttribute('title')).toMatch(
      /^ETH\/USD: 1 bar between the times/,
    );
    expect(await cell('BTC/USD', 'check').textContent()).toBe('gap');
    // Not as too old besides.
    expect(await cell('OLD', 'check').textContent()).toBe('none');
    expect(await cell('OLD', 'age').textContent()).toBe('100 d quiet');
    const symbols = () => page.locator('.symbols tbody th').allTextContents();
    await page.getByRole('button', { name: 'Check' }).press('Enter');
    await page.locator('th[data-column=check][aria-sort=descending]').waitFor();
    expect(await symbols()).toEqual(['ETH/USD', 'BTC/USD', 'OLD']);
    await page.getByRole('button', { name: 'Check' }).press('Enter');
    await page.locator('th[data-column=check][aria-sort=ascending]').waitFor();
    expect(await symbols()).toEqual(['OLD', 'BTC/USD', 'ETH/USD']);

    await page.getByRole('link', { name: 'OLD' }).press('Enter');
    await page.getByText('quiet: bars come of it no more').waitFor();
    await page.getByText('Nothing is wrong with these bars.').waitFor();
    expect(complaints).toEqual([]);
    await close();
  },
);

browserTest.each([
  ['light', 1280],
  ['dark', 360],
] as const)(
  'nothing serious for axe-core, and nothing beyond the edge: %s, %i wide',
  async (colorScheme, width) => {
    const { page, close } = await openPage(`${lab.url}/data?sort=gaps&order=desc`, { colorScheme, width });
    const check = async (): Promise<void> => {
      expect(await seriousFindings(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    };
    await page.getByRole('link', { name: 'BTC/USD' }).waitFor();
    await check();
    await page.getByRole('link', { name: 'BTC/USD' }).click();
    await page.getByRole('heading', { name: 'Gaps (1)' }).waitFor();
    await check();
    await close();
  },
);
