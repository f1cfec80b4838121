// What each service tells Prometheus of itself, as a process against running servers; judged by promtool
// where Docker has it, and compared with docs/monitoring.md. UPDATE_DOCS=1 writes the tables there anew.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  promtool,
  spawnNode,
  startProxy,
  startServers,
  until,
  whyNoPromtool,
  type NodeProcess,
} from '../src/index.ts';
import { documented, rowsOf, tableOf, type Row } from './metrics-table.ts';

const servers = await startServers();
const proxy = await startProxy(Number(new URL(servers.redisUrl).port));
afterAll(async () => {
  await proxy.stop();
  await servers.stop();
});
const noPromtool = whyNoPromtool();

interface Running {
  readonly process: NodeProcess;
  readonly url: string;
}
const running = new Map<string, Running>();
const services = readdirSync(path.resolve(import.meta.dirname, '../../../services'));

beforeAll(async () => {
  await Promise.all(
    services.map(async (service) => {
      const process = spawnNode(
        path.resolve(import.meta.dirname, '../../../services', service, 'src/main.ts'),
        {
          env: {
            REDIS_URL: proxy.via(servers.redisUrl),
            DATABASE_URL: servers.databaseUrl,
            MODEL_DIR: import.meta.dirname,
            HEALTH_PORT: '0',
            METRICS_PORT: '0',
            HTTP_PORT: '0',
            TRAINING_RECONCILE_SECONDS: '1',
          },
        },
      );
      const { health_port: port } = JSON.parse(await process.waitForLine(/"msg":"starting"/)) as {
        health_port: number;
      };
      running.set(service, { process, url: `http://127.0.0.1:${port}` });
    }),
  );
});
afterAll(async () => {
  for (const { process } of running.values()) process.kill('SIGKILL');
  await Promise.all([...running.values()].map(({ process }) => process.exited));
});

const textOf = async (service: string): Promise<string> => {
  const response = await fetch(`${running.get(service)!.url}/metrics`);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  return text;
};
/** Series by name with labels, to their values. */
const scrape = async (service: string): Promise<Map<string, number>> => {
  const lines = (await textOf(service)).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
};
const untilSeries = (service: string, name: string, is: (value: number | undefined) => boolean) =>
  until(async () => is((await scrape(service)).get(name)), { what: `${service}: ${name}` });

describe.each(services)('%s', (service) => {
  test('tells its version, that it is ready, that both servers are of use, and of Node', async () => {
    await untilSeries(service, 'ml_training_ready', (value) => value === 1);
    const series = await scrape(service);
    expect([...series.keys()]).toContainEqual(
      expect.stringMatching(
        new RegExp(`^ml_training_build_info\\{version="\\d+\\.\\d+\\.\\d+",role="${service}"\\}$`),
      ),
    );
    expect(series.get('ml_training_server_usable{server="redis"}')).toBe(1);
    expect(series.get('ml_training_server_usable{server="postgresql"}')).toBe(1);
    await untilSeries(
      service,
      'ml_training_beat_timestamp_seconds',
      (at = 0) => at > Date.now() / 1000 - 600,
    );
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_seconds',
    ])
      expect([name, series.has(name)]).toEqual([name, true]);
  });

  (noPromtool === undefined ? test : test.skip)(
    `is clean by promtool check metrics${noPromtool === undefined ? '' : ` [${noPromtool}]`}`,
    async () => {
      // It prints what it would name otherwise, and says so by its exit code.
      expect(promtool(['check', 'metrics'], { input: await textOf(service) })).toBe('');
    },
  );

  test("has no label without bounds, and no name of the exporter's", async () => {
    const text = await textOf(service);
    expect(text).not.toMatch(/job_id|run_id|instance=|trainer_id|symbol=/);
    const fleets =
      /^ml_training_(jobs|queue_length|active_models|jobs_finished_total|model_\w+(?<!_dir_\w+)|instances)[{ ]/m;
    expect(text.replaceAll(/^ml_training_model_dir.*/gm, '')).not.toMatch(fleets);
  });
});

test("each role's own: rounds, writes, roll-ups, jobs in training, room on the disk", async () => {
  await untilSeries(
    'scheduler',
    'ml_training_scheduler_rounds_total{duty="reconcile",outcome="done"}',
    (n = 0) => n >= 2,
  );
  await untilSeries(
    'scheduler',
    'ml_training_scheduler_rounds_total{duty="tick",outcome="done"}',
    (n = 0) => n >= 1,
  );
  await untilSeries(
    'scheduler',
    'ml_training_scheduler_round_timestamp_seconds{duty="clean_up"}',
    (n = 0) => n > 0,
  );
  await untilSeries('heartbeat', 'ml_training_heartbeat_writes_total{outcome="written"}', (n = 0) => n >= 1);
  await untilSeries('heartbeat', 'ml_training_heartbeat_status{status="healthy"}', (n) => n === 1);
  await untilSeries(
    'metrics',
    'ml_training_exporter_rounds_total{work="roll_up",outcome="done"}',
    (n = 0) => n >= 1,
  );
  for (const service of ['trainer', 'scheduler']) {
    const series = await scrape(service);
    const free = series.get('ml_training_model_dir_free_bytes')!;
    expect(free).toBeGreaterThan(0);
    expect(series.get('ml_training_model_dir_size_bytes')).toBeGreaterThanOrEqual(free);
  }
  const trainer = await scrape('trainer');
  expect(trainer.get('ml_training_trainer_jobs_running{strategy_type="lstm"}')).toBe(0);
  expect(trainer.get('ml_training_trainer_attempts_total{strategy_type="rl",outcome="completed"}')).toBe(0);
  expect([...trainer.keys()].filter((name) => /stage|progress|lease/.test(name))).toEqual([]);
});

test('while Redis is away the process still answers, and says so; afterwards it counts a connection more', async () => {
  const name = 'ml_training_redis_connections_total';
  const before = (await scrape('scheduler')).get(name)!;
  await proxy.cut();
  await untilSeries('scheduler', 'ml_training_server_usable{server="redis"}', (value) => value === 0);
  const away = await scrape('scheduler');
  expect(away.get('ml_training_ready')).toBe(0);
  expect(away.get('ml_training_server_usable{server="postgresql"}')).toBe(1);
  await proxy.restore();
  await untilSeries('scheduler', 'ml_training_ready', (value) => value === 1);
  expect((await scrape('scheduler')).get(name)).toBeGreaterThan(before);
});

test('docs/monitoring.md has every metric, as the processes have them', async () => {
  const file = path.resolve(import.meta.dirname, '../../../docs/monitoring.md');
  for (const service of services) await untilSeries(service, 'ml_training_ready', (value) => value === 1);
  const of = new Map(
    await Promise.all(services.map(async (service) => [service, rowsOf(await textOf(service))] as const)),
  );
  const { port } = JSON.parse(await running.get('metrics')!.process.waitForLine(/"msg":"exporting"/)) as {
    port: number;
  };
  const fleet = rowsOf(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
  // A role that isn't started here has what every process has.
  const everywhere = of
    .get('heartbeat')!
    .filter(({ name }) => services.every((service) => has(of.get(service)!, name)));
  const sections: Record<string, Row[]> = {
    'Of the whole fleet': fleet,
    'Of every process': everywhere,
    ...Object.fromEntries(
      services.map((service) => [
        `Of a ${service}${service === 'metrics' ? ' process' : ''}`,
        of.get(service)!.filter(({ name }) => !has(everywhere, name)),
      ]),
    ),
  };
  // Names twice: a sum over all targets would count double.
  const own = [...new Set(services.flatMap((service) => of.get(service)!.map(({ name }) => name)))];
  expect(fleet.map(({ name }) => name).filter((name) => own.includes(name))).toEqual([
    'ml_training_build_info',
  ]);

  for (const [heading, rows] of Object.entries(sections)) {
    const page = readFileSync(file, 'utf8');
    const before = documented(page, heading);
    if (process.env['UPDATE_DOCS'] === '1') {
      const at = page.indexOf(`\n### ${heading}\n`);
      const start = page.indexOf('\n| metric', at) + 1;
      const end = page.indexOf('\n\n', start) + 1;
      writeFileSync(file, page.slice(0, start) + tableOf(rows, before) + page.slice(end));
    } else
      expect(before).toEqual(
        rows.map((row) => ({ ...row, labels: row.labels ?? (expect.any(Array) as unknown) })),
      );
  }
});

const has = (rows: readonly Row[], name: string): boolean => rows.some((row) => row.name === name);
