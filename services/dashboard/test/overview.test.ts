import { afterAll, expect } from '@jest/globals';
import { seriousFindings } from './accessible.ts';
import { browserTest, closeBrowser, openPage } from './browser.ts';
import { startLab } from './lab.ts';

const lab = await startLab({ bars: ['GOOG'] });
afterAll(async () => {
  await closeBrowser();
  await lab.end();
});

browserTest('the strip shows what lives, and Run now queues jobs', async () => {
  const { page, complaints, close } = await openPage(lab.url);
  await page.getByText('no scheduler is running').or(page.getByText('no heartbeat:')).first().waitFor();
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.getByText('3 jobs queued').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

browserTest.each(['light', 'dark'] as const)('nothing serious for axe-core, %s', async (colorScheme) => {
  const { page, close } = await openPage(lab.url, { colorScheme });
  await page.getByRole('button', { name: 'Run now' }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await close();
});
