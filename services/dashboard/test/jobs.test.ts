// Jobs, a job and the queue as somebody sees them, with trainings of a real trainer.
import { afterAll, expect } from '@jest/globals';
import { keys } from '@ml-training/core';
import { until } from '@ml-training/testing';
import { seriousFindings } from './accessible.ts';
import { browserTest, closeBrowser, openPage } from './browser.ts';
import { ask, startLab } from './lab.ts';

const lab = await startLab({
  bars: ['GOOG', 'SP500'],
  // As long as a test may take: it ends by being cancelled.
  env: {
    TRAINING_PARAMS: JSON.stringify({ rl: { total_timesteps: 50_000_000 } }),
    MAX_CONCURRENT_TRAINING_JOBS: '1',
  },
});
const { sql, redis, url } = lab;
afterAll(async () => {
  await closeBrowser();
  await lab.end();
});
const train = (strategy_type: string, symbol?: string) =>
  ask(`${url}/api/train`, {
    method: 'POST',
    body: { strategy_type, ...(symbol === undefined ? {} : { symbol }) },
  });
const jobNamed = async (strategy: string, symbol: string): Promise<string> => {
  const [job] = await sql<[{ job_id: string }]>`
    SELECT job_id FROM ml_training_jobs WHERE strategy_type = ${strategy} AND symbol = ${symbol}
      ORDER BY created_at DESC`;
  return job.job_id;
};
await sql`
  INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts, attempt, error_code,
    error_message, created_at,
                                started_at, completed_at)
  SELECT 'lstm', 'OLD' || n, 'failed', 'schedule', 4, 1, 'TOO_FEW_BARS', 'OLD has 3 bars',
    now() - (n + 1) * interval '1 hour',
         now() - (n + 1) * interval '1 hour', now() - (n + 1) * interval '59 min' FROM generate_series(1,
           120) n`;

browserTest(
  'jobs are found by words with suggestions, page by page, and Back and reload bring each of them again',
  async () => {
    const { page, complaints, close } = await openPage(`${url}/jobs`);
    const rows = page.locator('table.jobs tbody tr');
    await page.getByRole('link', { name: 'lstm OLD1', exact: true }).waitFor();
    expect(await rows.count()).toBe(50);
    await page.keyboard.press('/');
    await page.keyboard.type('status:f');
    await page.getByRole('option', { name: 'status:failed' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.type('symbol:OLD7 ');
    await page.waitForURL(/OLD7/);
    await until(async () => (await rows.count()) === 1, { what: 'one row' });
    await page.goBack();
    await until(async () => (await rows.count()) === 50, { what: 'fifty rows' });
    expect(await page.getByRole('combobox', { name: 'Filter' }).inputValue()).toBe('status:failed');
    await page.getByRole('button', { name: 'Older' }).click();
    await page.getByRole('link', { name: 'lstm OLD51', exact: true }).waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'lstm OLD51', exact: true }).waitFor();
    await page.getByLabel('Made').selectOption('1h');
    await page.getByText('No job fits.').waitFor();
    await page.goto(`${url}/jobs?q=state%3Afailed`);
    await page.getByText('"state" is nothing to filter by').waitFor();
    expect(complaints).toEqual([]);
    await close();
  },
);

browserTest(
  'rows that are read stay in their place while new ones wait, and keys go from one to the next',
  async () => {
    const { page, close } = await openPage(`${url}/jobs?q=lstm`);
    const first = page.locator('table.jobs tbody tr').first();
    await page.getByRole('link', { name: 'lstm OLD1', exact: true }).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    const focused = () => page.evaluate('document.activeElement.textContent');
    expect(await focused()).toBe('lstm OLD1');
    await train('lstm', 'SP500');
    await page.getByRole('button', { name: '1 new' }).waitFor();
    expect(await focused()).toBe('lstm OLD1');
    expect(await first.textContent()).toContain('lstm OLD1');
    await page.getByRole('button', { name: '1 new' }).click();
    await page.getByRole('link', { name: 'lstm SP500' }).waitFor();
    expect(await first.textContent()).toContain('lstm SP500');
    // Cancelled in its row, and tried again by its key.
    await first.getByRole('button', { name: 'Cancel job' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel job' }).click();
    await first.locator('[data-status=cancelled]').waitFor();
    await first.getByRole('link').focus();
    await page.keyboard.press('r');
    await page.getByRole('dialog').getByRole('button', { name: 'Retry' }).click();
    await page.getByText('lstm SP500 is queued again').waitFor();
    await page.getByRole('button', { name: '1 new' }).waitFor();
    await ask(`${url}/api/jobs/${await jobNamed('lstm', 'SP500')}/cancel`, { method: 'POST', body: {} });
    await close();
  },
);

browserTest(
  'a list that one comes back to is the newest: nothing waits behind what was read before',
  async () => {
    const { page, close } = await openPage(`${url}/jobs`);
    await page.getByRole('link', { name: 'lstm OLD1', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Queue', exact: true }).click();
    await page.getByRole('heading', { name: 'Queue' }).waitFor();
    await sql`
    INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, attempt, max_attempts, completed_at)
    VALUES ('rl', 'SINCE', 'cancelled', 'tick', 1, 4, now())`;
    await page.getByRole('link', { name: 'Jobs', exact: true }).click();
    await page.getByRole('link', { name: 'rl SINCE', exact: true }).waitFor();
    await close();
  },
);

browserTest(
  'a job is followed from the queue to its end: stage, curve and lines as they come, cancelled in place',
  async () => {
    await train('rl', 'GOOG');
    const id = await jobNamed('rl', 'GOOG');
    const { page, complaints, close } = await openPage(`${url}/jobs/${id}`);
    await page.getByText('It waits for a trainer.').waitFor();
    const trainer = lab.start('trainer');
    await page.locator('figure.chart').first().waitFor();
    await page.getByRole('region', { name: 'Log lines' }).getByText('training').first().waitFor();
    await page.goto(`${url}/queue`);
    await page
      .getByRole('region', { name: 'Held by trainers' })
      .getByRole('link', { name: 'rl GOOG' })
      .first()
      .click();
    await page.getByRole('button', { name: 'Cancel job' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel job' }).click();
    await page
      .getByText(/cancelled on request during attempt 1 of 4/)
      .first()
      .waitFor();
    await trainer.waitForLine(/cancelled, the training is stopped/);
    expect(complaints).toEqual([]);
    await close();
  },
);

browserTest(
  'a completed job has its model, stages and result, and says why it is not tried again',
  async () => {
    lab.start('trainer');
    await train('lstm', 'GOOG');
    const id = await jobNamed('lstm', 'GOOG');
    const { page, complaints, close } = await openPage(`${url}/jobs/${id}`);
    await page.getByText('Its model').waitFor();
    await page.getByText('it completed: ask for a new training instead').waitFor();
    await page.getByRole('region', { name: 'Seconds by stage' }).getByText('checking for leaks').waitFor();
    await page.getByText('Report of the training').click();
    await page.getByText('"stage_seconds"').waitFor();
    expect(complaints).toEqual([]);
    await close();
  },
);

browserTest('a dead entry is put back, and what no job can be made of says so', async () => {
  const record = (payload: string, reason: string) =>
    JSON.stringify({ at: new Date().toISOString(), reason, payload });
  await lab.stopServices();
  const again = await lab.startDashboard();
  await redis.lpush(
    keys.dead,
    record('garbage', 'not JSON'),
    record('{"strategy_type":"lstm","symbol":"GOOG"}', 'too few bars'),
  );
  const { page, complaints, close } = await openPage(`${again}/queue`);
  await page.getByText('no job can be made of it: not JSON').waitFor();
  await page.getByRole('button', { name: 'Requeue', exact: true }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Requeue' }).click();
  await page.getByText('put back into the queue').first().waitFor();
  await until(async () => (await redis.llen(keys.queue)) === 1, { what: 'the entry' });
  const next = page.getByRole('region', { name: 'Taken next' }).getByRole('row').last();
  await next.getByText('a bot asks for it').waitFor();
  expect(await next.innerText()).toMatch(/^1\s+lstm GOOG\s+a bot asks for it$/);
  expect(complaints).toEqual([]);
  for (const colorScheme of ['light', 'dark'] as const)
    for (const path of [
      '/jobs',
      `/jobs/${await jobNamed('lstm', 'GOOG')}`,
      `/jobs/${await jobNamed('lstm', 'OLD1')}`,
      '/queue',
    ]) {
      const small = await openPage(`${again}${path}`, { colorScheme, width: 360, height: 740 });
      await small.page.getByRole('heading', { level: 2 }).first().waitFor();
      await small.page.getByText('Loading …').first().waitFor({ state: 'detached' });
      expect([path, await seriousFindings(small.page)]).toEqual([path, []]);
      expect([path, await small.page.evaluate('document.documentElement.scrollWidth <= innerWidth')]).toEqual(
        [path, true],
      );
      await small.close();
    }
  await close();
});
