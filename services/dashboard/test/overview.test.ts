import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { seriousFindings } from './accessible.ts';
import { browserTest, closeBrowser, openPage } from './browser.ts';
import { startLab } from './lab.ts';

// A fleet of one strategy, so that a run takes seconds.
const lab = await startLab({ bars: ['GOOG', 'SP500'], env: { TRAINING_STRATEGIES: 'lstm' } });
const { sql } = lab;
afterAll(async () => {
  await closeBrowser();
  await lab.end();
});

const panel = (page: Page, name: string | RegExp) =>
  page.getByRole('region', { name, exact: typeof name === 'string' });

browserTest('Run now becomes a model on the page, without a reload', async () => {
  const { page, complaints, close } = await openPage(lab.url);
  await panel(page, 'Champions').getByText('none: not trained yet').first().waitFor();
  await panel(page, /Needs you/)
    .getByText('no trainer is running')
    .waitFor();
  await panel(page, 'Trainers').getByText('No trainer is running').waitFor();
  await page.getByRole('button', { name: 'Run now' }).first().click();
  await page.getByText('2 jobs queued').waitFor();
  await panel(page, 'Timeline')
    .getByRole('link', { name: /lstm GOOG/ })
    .waitFor();
  await page.getByText(/0 of 2 jobs done, 2 waiting/).waitFor();
  // Epochs enough that somebody sees the curve grow: a training of the usual kind is over in two seconds.
  lab.start('trainer', {
    TRAINING_BATCH_SIZE: '1000',
    TRAINING_PARAMS: '{"lstm": {"epochs": 60, "patience": 60}}',
  });
  await panel(page, 'Trainers')
    .getByRole('link', { name: /lstm (GOOG|SP500)/ })
    .waitFor();
  await panel(page, 'Trainers')
    .getByRole('img', { name: /Curves of lstm/ })
    .waitFor();
  await page.getByText(/2 of 2 jobs done in/).waitFor();
  for (const symbol of ['GOOG', 'SP500'])
    await panel(page, 'Champions')
      .getByRole('row', { name: new RegExp(symbol) })
      .getByRole('link')
      .first()
      .waitFor();
  await panel(page, 'Trainers')
    .getByText(/idle, last job ended/)
    .waitFor();
  expect(complaints).toEqual([]);
  await close();
});

/**
 * What a fleet of some hours has: a job that failed and was tried again, one that failed for good, and 60
 * pairs of one strategy.
 */
beforeAll(async () => {
  await sql`
    INSERT INTO ml_training_jobs (job_id, strategy_type, symbol, status, trigger, attempt, max_attempts,
      created_at, started_at, completed_at,
      error_code, error_message)
    VALUES ('00000000-0000-4000-8000-000000000001', 'rl', 'AGAIN', 'completed', 'schedule', 2, 4,
      now() - interval '3 hours',
            now() - interval '2 hours', now() - interval '1 hour', NULL, NULL),
           ('00000000-0000-4000-8000-000000000002', 'rl', 'BROKEN', 'failed', 'schedule', 4, 4,
             now() - interval '3 hours',
            now() - interval '2 hours', now() - interval '1 hour', 'TRAINING_FAILED', 'the loss is NaN')`;
  await sql`
    INSERT INTO ml_training_attempts (job_id, seq, attempt, queued_at, started_at, ended_at, outcome,
      error_code)
    VALUES ('00000000-0000-4000-8000-000000000001', 1, 1, now() - interval '3 hours',
      now() - interval '170 minutes',
            now() - interval '150 minutes', 'trainer_died', 'TRAINER_DIED'),
           ('00000000-0000-4000-8000-000000000001', 2, 2, now() - interval '150 minutes',
             now() - interval '2 hours',
            now() - interval '1 hour', 'completed', NULL)`;
  await sql`
    INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, attempt, max_attempts, created_at,
      started_at, completed_at)
    SELECT 'ensemble', 'P' || n, 'cancelled', 'tick', 1, 4, now() - interval '5 hours',
      now() - interval '5 hours', now() - interval '4 hours'
    FROM generate_series(100, 159) n`;
});

browserTest(
  'a job that failed and was tried again shows both; what failed for good is said with its reason',
  async () => {
    const { page, complaints, close } = await openPage(lab.url);
    const timeline = panel(page, 'Timeline');
    const again = timeline.locator('.timeline-row', { hasText: 'rl AGAIN' });
    await again.waitFor();
    const rects = await again.locator('rect').all();
    const kinds = await Promise.all(rects.map((rect) => rect.getAttribute('data-kind')));
    expect(kinds).toEqual(['waiting', 'retried', 'waiting', 'completed']);
    // Hundreds of rows that most never look at aren't drawn with each change.
    expect(await timeline.locator('.numbers tr').count()).toBe(0);
    await timeline.getByText('Numbers').click();
    await timeline.getByRole('row', { name: /rl AGAIN 1 of 4 retried: TRAINER_DIED/ }).waitFor();
    const need = panel(page, /Needs you/)
      .getByRole('listitem')
      .filter({ hasText: 'rl BROKEN failed, attempt 4 of 4' });
    await need.getByText('the loss is NaN').waitFor();
    await need.getByRole('button', { name: 'Retry' }).click();
    await page.getByRole('dialog').getByText('Try it again?').waitFor();
    await page.keyboard.press('Escape');
    expect(complaints).toEqual([]);
    await close();
  },
);

browserTest('Back and a reload bring range, place, order and search back', async () => {
  const { page, complaints, close } = await openPage(lab.url);
  const timeline = panel(page, 'Timeline');
  const pressed = (name: string) => timeline.getByRole('button', { name, pressed: true });
  await timeline.getByRole('button', { name: '7 d' }).click();
  await pressed('7 d').waitFor();
  await timeline.getByRole('button', { name: 'Show all 64 rows' }).click();
  // Those far below come when one gets there.
  await page.getByRole('region', { name: 'Every row of the timeline' }).hover();
  await page.mouse.wheel(0, 5000);
  await timeline.getByRole('link', { name: /ensemble P159/ }).waitFor();
  await timeline.getByRole('button', { name: 'Earlier' }).click();
  await timeline.getByText('No job in this stretch of time').waitFor();
  await panel(page, 'Champions')
    .getByRole('button', { name: /symbol/ })
    .click();
  await panel(page, 'Champions')
    .getByRole('button', { name: /symbol/ })
    .click();
  await page
    .getByRole('columnheader', { name: /symbol/ })
    .and(page.locator('[aria-sort="descending"]'))
    .waitFor();
  // The slash is the key for searching, not a word.
  await page.keyboard.press('/');
  await page.keyboard.type('sp5');
  await page.getByText('1 of 2 symbols').waitFor();
  await page.reload();
  await page.getByText('1 of 2 symbols').waitFor();
  await pressed('7 d').waitFor();
  await page.goBack();
  await page
    .getByRole('columnheader', { name: /symbol/ })
    .and(page.locator('[aria-sort="ascending"]'))
    .waitFor();
  for (let i = 0; i < 3; i++) await page.goBack();
  await pressed('now').waitFor();
  await page.goBack();
  await pressed('6 h').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

browserTest('what one comes back to is shown as it was known until the answer comes', async () => {
  const { page, complaints, close } = await openPage(lab.url);
  const row = panel(page, 'Champions').getByRole('row', { name: /GOOG/ });
  await row.waitFor();
  await page.getByRole('link', { name: 'Queue', exact: true }).click();
  await page.getByRole('heading', { name: 'Queue' }).waitFor();
  const answer = Promise.withResolvers<void>();
  await page.route('**/api/champions', async (route) => {
    await answer.promise;
    await route.continue();
  });
  await page.getByRole('link', { name: 'Overview', exact: true }).click();
  await row.waitFor();
  await page.locator('[aria-label=Champions][aria-busy=true]').waitFor();
  answer.resolve();
  await page.locator('[aria-label=Champions][aria-busy=false]').waitFor();
  expect(complaints).toEqual([]);
  await close();
});

browserTest('keys alone: the list of keys, rows, and a question before a retry', async () => {
  const { page, close } = await openPage(lab.url);
  await panel(page, /Needs you/)
    .getByText('rl BROKEN failed')
    .first()
    .waitFor();
  await page.keyboard.press('?');
  const keys = page.getByRole('dialog', { name: 'Keys' });
  await keys.getByRole('row', { name: /\/ search/ }).waitFor();
  await page.keyboard.press('Escape');
  await keys.waitFor({ state: 'hidden' });
  const focused = () => page.evaluate<string>("document.activeElement?.textContent ?? ''");
  await panel(page, /Needs you/)
    .getByRole('listitem')
    .first()
    .focus();
  const first = await focused();
  await page.keyboard.press('j');
  const second = await focused();
  expect(second).not.toBe(first);
  await page.keyboard.press('k');
  expect(await focused()).toBe(first);
  await panel(page, /Needs you/)
    .getByRole('listitem')
    .filter({ hasText: 'rl BROKEN' })
    .focus();
  await page.keyboard.press('r');
  await page.getByRole('dialog').getByText('Try it again?').waitFor();
  await close();
});

browserTest('a phone shows it without scrolling sideways, what needs one first', async () => {
  const { page, close } = await openPage(lab.url, { width: 360, height: 740 });
  await panel(page, 'Champions').getByRole('row', { name: /GOOG/ }).waitFor();
  await panel(page, 'Timeline')
    .getByRole('link', { name: /rl AGAIN/ })
    .waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  const top = async (name: string | RegExp): Promise<number> => (await panel(page, name).boundingBox())!.y;
  expect(await top(/Needs you/)).toBeLessThan(await top('Trainers'));
  expect(await top('Trainers')).toBeLessThan(await top('Timeline'));
  await close();
});

browserTest.each(['light', 'dark'] as const)('nothing serious for axe-core, %s', async (colorScheme) => {
  const { page, close } = await openPage(lab.url, { colorScheme });
  await panel(page, 'Champions').getByRole('row', { name: /GOOG/ }).waitFor();
  await panel(page, /Needs you/)
    .getByText('rl BROKEN failed')
    .first()
    .waitFor();
  await panel(page, 'Timeline')
    .getByRole('link', { name: /rl AGAIN/ })
    .waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await close();
});
