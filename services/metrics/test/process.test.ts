// The exporter as a process: what it answers, and how it ends.
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { startProxy, until } from '@ml-training/testing';
import { startLab } from './lab.ts';

const lab = await startLab();
afterAll(() => lab.end());
afterEach(() => lab.stopExporters());

test('anything but /metrics is not found', async () => {
  const { url } = await lab.start();
  expect((await fetch(url)).status).toBe(404);
});

test('while a server is away a scrape is answered with 503, and then as before', async () => {
  const proxy = await startProxy(Number(new URL(lab.servers.redisUrl).port));
  const { url } = await lab.start({ REDIS_URL: proxy.via(lab.servers.redisUrl) });
  const status = (code: number) =>
    until(async () => (await fetch(`${url}/metrics`)).status === code, { what: `an answer with ${code}` });
  await status(200);
  await proxy.cut();
  await status(503);
  await proxy.restore();
  await status(200);
  await lab.stopExporters();
  await proxy.stop();
});

test('a scrape that nobody waits for any more leaves nothing running in PostgreSQL', async () => {
  const { url } = await lab.start();
  const waiting = async (): Promise<number> =>
    (
      await lab.sql`
        SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
    ).length;
  await lab.sql.begin(async (sql) => {
    await sql`LOCK TABLE ml_model_registry`;
    const patience = new AbortController();
    const scrape = fetch(`${url}/metrics`, { signal: patience.signal }).catch(String);
    await until(waiting, { what: 'the scrape to wait for the table' });
    patience.abort();
    await scrape;
    // Rolling up has a longer deadline, and begins again half a minute after the last.
    await until(async () => (await waiting()) === 0, { what: 'nothing of the scrape to run' });
  });
  expect((await fetch(`${url}/metrics`)).status).toBe(200);
}, 30_000);

test('a METRICS_PORT that is taken is named, and ends the service', async () => {
  const { port } = new URL((await lab.start()).url);
  await expect(lab.start({ METRICS_PORT: port })).rejects.toThrow(
    new RegExp(`ended with 1.*METRICS_PORT ${port} can not be listened on`, 's'),
  );
});

test('asked to stop, it ends with exit code 0', async () => {
  const { process, text } = await lab.start();
  await text();
  process.kill('SIGTERM');
  expect(await process.exited).toEqual({ code: 0, signal: null });
});
