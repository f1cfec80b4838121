// The page's Schedule, and a run of it, with the data of a real training.
import { afterAll, expect } from '@jest/globals';
import { seriousFindings } from './accessible.ts';
import { browserTest, closeBrowser, openPage } from './browser.ts';
import { ask, startLab } from './lab.ts';

const lab = await startLab({
  bars: ['GOOG'],
  env: {
    TRAINING_CRON_SCHEDULE: '0 2,14,22 * * *',
    TRAINING_TIMEZONE: 'Europe/Berlin',
    TRAINING_STRATEGIES: 'ensemble,lstm',
  },
});
afterAll(async () => {
  await closeBrowser();
  await lab.end();
});

browserTest(
  'a schedule without runs says what to do; a run comes, is done and can be looked into',
  async () => {
    const { page, complaints, close } = await openPage(`${lab.url}/schedule`);
    await page.getByText('At 02:00, 14:00 and 22:00, every day').waitFor();
    await page.getByText('no scheduler is running').waitFor();
    await page.getByText('npm run -s ml -- train').waitFor();
    expect(await page.getByRole('region', { name: 'Next ticks' }).getByRole('row').count()).toBe(21);
    // Three marks a day in the picture.
    expect(await page.locator('.week td[data-fires]').count()).toBe(21);

    // Two pairs of FEW are left out.
    await lab.sql`
    INSERT INTO market_data SELECT now() - make_interval(hours => i), 'FEW', 1, 1, 1, 1, 1
      FROM generate_series(1, 30) i`;
    lab.start('scheduler');
    lab.start('trainer');
    await ask(`${lab.url}/api/runs`, { method: 'POST', body: {} });
    // Without a reload; by the button where the stream of events tells of nothing yet.
    const runs = page.getByRole('region', { name: 'Runs' }).last();
    const done = runs.getByText('done');
    while (!(await done.isVisible())) {
      await page.getByText('no scheduler is running').waitFor({ state: 'detached' });
      await page.getByRole('link', { name: 'Overview' }).click();
      await page.getByRole('link', { name: 'Schedule' }).click();
      await page.getByText('At 02:00').waitFor();
      await page.waitForTimeout(500);
    }
    await page.getByText('1 pair: 30 bars, MIN_TRAINING_DATA_POINTS asks for 100').waitFor();

    await runs.getByRole('link').first().press('Enter');
    await page.getByRole('heading', { name: 'Run', exact: true }).waitFor();
    await page.getByRole('link', { name: 'ensemble all symbols' }).waitFor();
    await page.getByText('left out FEW').waitFor();
    await page.getByText('Pair by pair').press('Enter');
    await page.getByRole('rowheader', { name: 'lstm FEW' }).waitFor();
    await page.goBack();
    await page.getByText('At 02:00').waitFor();
    expect(complaints).toEqual([]);
    await close();
  },
);

browserTest('runs and jobs come page by page; filters and pages outlive Back and a reload', async () => {
  const { sql } = lab;
  await sql`
    INSERT INTO ml_training_runs (trigger, scheduled_for, requested_at, finished_at, outcome, skipped_summary)
    SELECT 'schedule', t, t, t + interval '95 seconds', '{"completed": 7}', '[]'
    FROM generate_series(1, 60) i,
      LATERAL (SELECT '2026-01-01T02:00Z'::timestamptz - i * interval '8 hours') x (t)`;
  const [run] = await sql<{ run_id: string }[]>`
    INSERT INTO ml_training_runs (trigger, requested_at, finished_at) VALUES ('manual', '2026-01-01T03:00Z',
      '2026-01-01T04:00Z')
    RETURNING run_id`;
  await sql`
    INSERT INTO ml_training_jobs (run_id, strategy_type, symbol, status, trigger, attempt, max_attempts,
      error_message)
    SELECT ${run!.run_id}, 'rl', 'S' || lpad(i::text, 3, '0'), CASE WHEN i % 50 = 0 THEN 'failed'
      ELSE 'completed' END, 'manual', 1, 4,
           CASE WHEN i % 50 = 0 THEN 'it broke' END
    FROM generate_series(1, 250) i`;
  const { page, complaints, close } = await openPage(`${lab.url}/schedule`);
  await page.getByRole('link', { name: 'Older runs' }).click();
  await page.getByRole('link', { name: 'Newest runs' }).waitFor();
  const older = page.url();
  await page.reload();
  await page.getByRole('link', { name: 'Newest runs' }).waitFor();
  await page.goto(`${lab.url}/runs/${run!.run_id}`);
  await page.getByText('5 ✕ failed').waitFor();
  expect(await page.locator('.run-jobs tbody tr').first().textContent()).toContain('rl S050');
  await page.getByLabel('Show').selectOption('completed');
  await page.getByRole('link', { name: 'rl S001' }).waitFor();
  await page.getByRole('button', { name: 'More jobs' }).click();
  await page.getByRole('link', { name: 'rl S103' }).waitFor();
  await page.reload();
  await page.getByRole('link', { name: 'rl S103' }).waitFor();
  await page.goBack();
  await page.getByRole('link', { name: 'rl S001' }).waitFor();
  await page.goBack();
  await page.getByRole('link', { name: 'rl S050' }).waitFor();
  expect(await page.getByLabel('Show').inputValue()).toBe('');
  await page.goto(older);
  await page.getByRole('link', { name: 'Newest runs' }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

browserTest.each([
  ['light', 1280],
  ['dark', 360],
] as const)(
  'nothing serious for axe-core, and nothing beyond the edge: %s, %i wide',
  async (colorScheme, width) => {
    const [run] = await lab.sql<{ run_id: string }[]>`
    SELECT run_id FROM ml_training_runs WHERE skipped <> '[]' ORDER BY requested_at DESC LIMIT 1`;
    const { page, close } = await openPage(`${lab.url}/schedule`, { colorScheme, width });
    await page.getByText('At 02:00').waitFor();
    await page.getByRole('link', { name: 'Older runs' }).waitFor();
    const check = async (): Promise<void> => {
      expect(await seriousFindings(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    };
    await check();
    await page.goto(`${lab.url}/runs/${run!.run_id}`);
    await page.getByText('Pair by pair').click();
    await check();
    await close();
  },
);
