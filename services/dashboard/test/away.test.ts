// Servers that go away, and a dashboard that is restarted: the page marks what is stale, and goes on by
// itself.
import { afterAll, expect } from '@jest/globals';
import { startPrivateServers } from '@ml-training/testing';
import { browserTest, closeBrowser, openPage } from './browser.ts';
import { startLab } from './lab.ts';

const servers = await startPrivateServers();
const { postgres, redis } = servers;
const lab = await startLab({
  bars: ['GOOG'],
  servers: { databaseUrl: postgres.url, redisUrl: redis.url, stop: () => servers.remove() },
});
afterAll(async () => {
  await closeBrowser();
  await lab.end();
});

browserTest('PostgreSQL goes and comes back', async () => {
  const { page, close } = await openPage(lab.url);
  const champions = page.getByRole('region', { name: 'Champions', exact: true });
  await champions.getByText('GOOG').waitFor();
  await postgres.kill();
  await page
    .getByText(/PostgreSQL does not answer/)
    .first()
    .waitFor();
  // What was known stays, and says that it is old.
  await champions.getByText(/^Stale:/).waitFor();
  await champions.getByText('GOOG').waitFor();
  await postgres.restart();
  await champions.getByText(/^Stale:/).waitFor({ state: 'hidden' });
  await lab.sql`INSERT INTO ml_training_jobs (strategy_type, symbol, trigger, max_attempts) VALUES ('rl',
    'GOOG', 'tick', 1)`;
  await page
    .getByRole('region', { name: 'Timeline', exact: true })
    .getByRole('link', { name: /rl GOOG/ })
    .waitFor();
  await close();
});

browserTest('Redis goes and comes back', async () => {
  const { page, close } = await openPage(lab.url);
  const needs = page.getByRole('region', { name: /Needs you/ });
  await needs.getByText('no trainer is running').waitFor();
  await redis.kill();
  await needs
    .getByText(/Redis does not answer/)
    .first()
    .waitFor();
  await redis.restart();
  await needs
    .getByText(/Redis does not answer/)
    .first()
    .waitFor({ state: 'hidden' });
  await close();
});

browserTest('the dashboard is restarted, and its page goes on', async () => {
  const port = new URL(lab.url).port;
  await lab.stopServices();
  const restarted = await lab.startDashboard({ HTTP_PORT: port });
  const { page, close } = await openPage(restarted);
  await page.getByText('live', { exact: true }).waitFor();
  await lab.stopServices();
  await page.getByText('connection lost').waitFor();
  await lab.startDashboard({ HTTP_PORT: port });
  await page.getByText('live', { exact: true }).waitFor();
  await lab.sql`
    INSERT INTO ml_training_jobs (strategy_type, symbol, trigger, max_attempts) VALUES ('lstm', 'NEW', 'tick',
      1)`;
  await page
    .getByRole('region', { name: 'Timeline', exact: true })
    .getByRole('link', { name: /lstm NEW/ })
    .waitFor();
  expect(await page.getByText(/^Stale:/).count()).toBe(0);
  await close();
});
