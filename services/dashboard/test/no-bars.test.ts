// No bar yet: the page says how some come, which is another way where bars are in a table of the user's.
import { afterAll, expect } from '@jest/globals';
import { seriousFindings } from './accessible.ts';
import { browserTest, closeBrowser, openPage } from './browser.ts';
import { startLab } from './lab.ts';

const lab = await startLab();
afterAll(async () => {
  await closeBrowser();
  await lab.end();
});

const places = [
  { screen: '/', panel: 'Champions' },
  { screen: '/data', panel: 'Symbols' },
];

browserTest("the fleet's own table: a file to import", async () => {
  for (const { screen, panel } of places) {
    const { page, complaints, close } = await openPage(lab.url + screen);
    const region = page.getByRole('region', { name: panel, exact: true });
    await region.getByText('npm run -s ml -- import FILE', { exact: true }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  }
});

browserTest('a table of the user: what fills it', async () => {
  await lab.sql`CREATE TABLE bars_of_the_bot (time timestamptz, symbol text, open float8, high float8,
    low float8, close float8, volume float8)`;
  const url = await lab.startDashboard({ MARKET_DATA_TABLE: 'bars_of_the_bot' });
  for (const { screen, panel } of places) {
    const { page, close } = await openPage(url + screen);
    const region = page.getByRole('region', { name: panel, exact: true });
    await region.getByText('Let what fills bars_of_the_bot write some').waitFor();
    expect(await region.getByText('import').count()).toBe(0);
    await close();
  }
});
