// Profile monitoring of docker-compose.yml with real Prometheus and Alertmanager: every
// replica is found by its name, a job that fails becomes an alert that reaches a receiver,
// and every query of the dashboard is answered. The fleet's processes run out of this
// checkout, so that no image is built. Without a Docker engine it is skipped, and says so.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '@ml-training/embedded';
import { grafanaSql, until, whyNoPromtool } from '../src/index.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const reason = whyNoPromtool();
const folder = mkdtempSync(path.join(tmpdir(), 'monitoring-'));
const ports = { prometheus: await freePort(), alertmanager: await freePort() };
const minutes = 60_000;

/** Tells what it is sent, a line each. */
const receiver = `require('node:http').createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', () => { console.log(body); response.end(); });
}).listen(8000)`;

/** As the checkout's own user, so that a folder of his can be written without any capability. */
const role = (name: string): string => `
  ${name}:
    build: !reset null
    image: node:24-trixie-slim
    pull_policy: !reset null
    user: '${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}'
    working_dir: /checkout
    command: node services/${name}/src/main.ts
    volumes: ['${root}:/checkout:ro']
    depends_on: !override
      redis: { condition: service_healthy }
      timescaledb: { condition: service_healthy }`;

const override = `services:${['scheduler', 'trainer', 'heartbeat', 'metrics'].map(role).join('')}
  receiver:
    image: node:24-trixie-slim
    command: ['node', '-e', ${JSON.stringify(receiver)}]
    init: true
`;

function compose(...args: string[]): string {
  return execFileSync('docker', ['compose', ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      COMPOSE_PROJECT_NAME: path.basename(folder).toLowerCase(),
      COMPOSE_FILE: 'docker-compose.yml:override.yml',
      COMPOSE_PROFILES: 'ml-training,monitoring',
      MAX_CONCURRENT_TRAINING_JOBS: '2',
      PROMETHEUS_PORT: String(ports.prometheus),
      ALERTMANAGER_PORT: String(ports.alertmanager),
      METRICS_PORT: '0',
      ALERT_WEBHOOK_URL: 'http://receiver:8000/alerts?token=a$b&c',
    },
  });
}

/** What Prometheus's API answers. */
async function prometheus<T>(what: string, query: Record<string, string> = {}): Promise<T> {
  const url = `http://127.0.0.1:${ports.prometheus}/api/v1/${what}?${new URLSearchParams(query).toString()}`;
  const answer = (await (await fetch(url)).json()) as { status: string; error?: string; data: T };
  if (answer.status !== 'success') throw new Error(`${what} ${JSON.stringify(query)}: ${answer.error ?? ''}`);
  return answer.data;
}
const psql = (query: string): string =>
  compose(
    'exec',
    '-T',
    'timescaledb',
    'psql',
    '-U',
    'postgres',
    '-d',
    'tradebot',
    '-v',
    'ON_ERROR_STOP=1',
    '-Atc',
    query,
  );

(reason === undefined ? describe : describe.skip)(
  `profile monitoring${reason === undefined ? '' : ` [${reason}]`}`,
  () => {
    beforeAll(() => {
      for (const name of ['docker-compose.yml', 'infra/prometheus', 'infra/alertmanager', 'infra/grafana'])
        cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
      mkdirSync(path.join(folder, 'models'));
      writeFileSync(path.join(folder, 'override.yml'), override);
      // The same files, a second for what takes a quarter of a minute.
      for (const file of ['infra/prometheus/prometheus.yml', 'infra/alertmanager/alertmanager-webhook.yml']) {
        const text = readFileSync(path.join(folder, file), 'utf8');
        const quick = text
          .replaceAll(/\b15s\b/g, '1s')
          .replace('scrape_timeout: 10s', 'scrape_timeout: 1s')
          .replace('group_wait: 30s', 'group_wait: 1s');
        writeFileSync(path.join(folder, file), quick);
      }
      compose(
        'up',
        '-d',
        '--wait',
        'scheduler',
        'trainer',
        'heartbeat',
        'metrics',
        'receiver',
        'prometheus',
        'alertmanager',
      );
    }, 10 * minutes);
    afterAll(() => {
      compose('down', '--volumes', '--timeout', '15');
      rmSync(folder, { recursive: true });
    }, 3 * minutes);

    test('finds every replica of every role by its name', async () => {
      interface Target {
        readonly health: string;
        readonly labels: Readonly<Record<string, string>>;
        readonly lastError: string;
      }
      const wanted = [
        'alertmanager',
        'ml-training heartbeat',
        'ml-training metrics',
        'ml-training scheduler',
        'ml-training trainer',
        'ml-training trainer',
        'ml-training-fleet',
        'prometheus',
      ];
      await until(
        async () => {
          const { activeTargets } = await prometheus<{ activeTargets: Target[] }>('targets');
          const up = activeTargets
            .filter(({ health }) => health === 'up')
            .map(({ labels }) => [labels['job'], labels['service']].filter(Boolean).join(' '))
            .sort();
          return JSON.stringify(up) === JSON.stringify(wanted);
        },
        { what: 'all targets to be up' },
      );
    });

    test("a job that fails reaches the receiver, with words and the runbook's place", async () => {
      const series = 'fleet:ml_training_jobs_finished_total:max{outcome="failed", strategy_type="lstm"}';
      const known = async () =>
        (await prometheus<{ result: unknown[] }>('query', { query: series })).result.length;
      await until(known, { what: 'Prometheus to know the jobs that ended' });
      expect(compose('logs', '--no-log-prefix', 'receiver')).not.toContain('MlTrainingJobFailed');
      psql(`INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts, started_at, completed_at, error_message)
            VALUES ('lstm', 'GOOG', 'failed', 'manual', 1, now(), now(), 'for the test')`);
      interface Message {
        readonly status: string;
        readonly alerts: readonly {
          readonly labels: Readonly<Record<string, string>>;
          readonly annotations: Readonly<Record<string, string>>;
        }[];
      }
      const message = await until(
        () =>
          compose('logs', '--no-log-prefix', 'receiver')
            .split('\n')
            // Before it may stand what compose tells a terminal.
            .filter((line) => line.includes('{'))
            .map((line) => JSON.parse(line.slice(line.indexOf('{'))) as Message)
            .find(({ alerts }) => alerts.some(({ labels }) => labels['alertname'] === 'MlTrainingJobFailed')),
        { what: 'the alert at the receiver', everyMs: 500 },
      );
      expect(message.status).toBe('firing');
      expect(message.alerts).toEqual([
        expect.objectContaining({
          labels: expect.objectContaining({ severity: 'warning', strategy_type: 'lstm' }) as unknown,
          annotations: expect.objectContaining({
            summary: 'A training of lstm failed',
            runbook: 'docs/operations.md#alert-a-job-failed',
          }) as unknown,
        }),
      ]);
    });

    test("every query of Grafana's dashboard is answered by this Prometheus, most of them with data, and TimescaleDB", async () => {
      const { panels } = JSON.parse(
        readFileSync(path.join(root, 'infra/grafana/dashboards/fleet.json'), 'utf8'),
      ) as { panels: { title: string; targets?: { expr?: string; rawSql?: string }[] }[] };
      // Of what this fleet has nothing to show: no model, no bar, no run, no job that was trained.
      const without = new Set([
        'Age of the models in use',
        'Age of the newest bar',
        'How long jobs wait and train, 95 %',
        'Lead over the baseline, worst first',
        'Mean seconds of each stage',
        'Since a run succeeded',
      ]);
      for (const { title, targets = [] } of panels)
        for (const { expr, rawSql } of targets) {
          if (rawSql !== undefined) psql(grafanaSql(rawSql));
          // A rate takes two samples.
          if (expr !== undefined)
            await until(
              async () => {
                const { result } = await prometheus<{ result: unknown[] }>('query', { query: expr });
                return result.length > 0 || without.has(title);
              },
              { what: `an answer to ${expr}` },
            );
        }
    });
  },
);
