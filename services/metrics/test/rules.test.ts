// The files of Prometheus and Alertmanager, by their own tools where Docker has them, and against what they
// name: metrics, and what docs/operations.md says to do.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { roles } from '@ml-training/core';
import { promtool, whyNoPromtool } from '@ml-training/testing';
import { parse } from 'yaml';

const root = path.resolve(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const folder = path.join(root, 'infra/prometheus');
const reason = whyNoPromtool();
const withTools = reason === undefined ? test : test.skip;
const why = reason === undefined ? '' : ` [${reason}]`;

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: { readonly severity?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}
const rules = (parse(read('infra/prometheus/rules.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const alerts = rules.flatMap(({ alert, ...rule }) => (alert === undefined ? [] : [{ alert, ...rule }]));

/** As GitHub and others make them of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

describe('alert rules', () => {
  withTools(`are what promtool takes${why}`, () => {
    expect(promtool(['check', 'rules', 'rules.yml'], { folder })).toContain(
      `SUCCESS: ${rules.length} rules found`,
    );
  });

  withTools(`fire when they must and not when they must not: rules.test.yml${why}`, () => {
    expect(promtool(['test', 'rules', 'rules.test.yml'], { folder })).toContain('SUCCESS');
  });

  test('each has a severity, a summary, plain words and a part of docs/operations.md on what to do', () => {
    const anchors = new Set(
      [...read('docs/operations.md').matchAll(/^#+ (.+)$/gm)].map((m) => anchorOf(m[1]!)),
    );
    expect(alerts.length).toBeGreaterThan(10);
    const runbooks = alerts.map(({ alert, labels, annotations = {} }) => {
      expect([alert, labels?.severity]).toEqual([alert, expect.stringMatching(/^(critical|warning)$/)]);
      expect([
        alert,
        (annotations['summary'] ?? '').length > 10,
        (annotations['description'] ?? '').length > 40,
      ]).toEqual([alert, true, true]);
      const [page, anchor = ''] = (annotations['runbook'] ?? '').split('#');
      expect([alert, page, anchors.has(anchor)]).toEqual([alert, 'docs/operations.md', true]);
      return anchor;
    });
    expect(new Set(runbooks).size).toBe(alerts.length);
    // And no part of it is of an alert that is gone.
    expect(
      [...anchors].filter((anchor) => anchor.startsWith('alert-') && !runbooks.includes(anchor)),
    ).toEqual([]);
  });

  test('each is tested where it fires and where it does not', () => {
    interface Case {
      readonly alertname: string;
      readonly exp_alerts: readonly unknown[];
    }
    const { tests } = parse(read('infra/prometheus/rules.test.yml')) as {
      tests: { alert_rule_test?: Case[]; promql_expr_test?: { expr: string }[] }[];
    };
    const cases = tests.flatMap((one) => one.alert_rule_test ?? []);
    for (const { alert } of alerts) {
      const of = cases.filter(({ alertname }) => alertname === alert);
      expect([
        alert,
        of.some((one) => one.exp_alerts.length > 0),
        of.some((one) => one.exp_alerts.length === 0),
      ]).toEqual([alert, true, true]);
    }
  });

  test('docs/monitoring.md lists them all, with their severity', () => {
    const listed = [...read('docs/monitoring.md').matchAll(/^\| (MlTraining\w+) +\| (\w+) +\|/gm)].map(
      (m) => [m[1], m[2]],
    );
    expect(listed).toEqual(alerts.map(({ alert, labels }) => [alert, labels?.severity]));
  });
});

test('every metric that rules, dashboard and scraping name is in the docs, or recorded by a rule', () => {
  // What the processes answer is compared with that page in packages/testing/test/own-metrics.test.ts.
  const known = new Set(
    [...read('docs/monitoring.md').matchAll(/^\| `(ml_training_\w+)`/gm)].map((m) => m[1]!),
  );
  expect(known.size).toBeGreaterThan(30);
  const records = rules.flatMap(({ record }) => record ?? []);
  const named = [
    read('infra/prometheus/prometheus.yml'),
    read('infra/grafana/dashboards/fleet.json'),
    ...rules.map(({ expr }) => expr),
  ]
    .join('\n')
    .replaceAll(new RegExp(records.join('|'), 'g'), '')
    .matchAll(/\bml_training_[a-z_]+/g);
  // Tables of the database are named in SQL.
  const tables = /^ml_training_(jobs|runs|metrics)$/;
  const unknown = [...named]
    .map(([name]) => name.replace(/_(bucket|sum|count)$/, ''))
    .filter((name) => !known.has(name) && !tables.test(name) && name !== 'ml_training_fleet');
  expect([...new Set(unknown)]).toEqual([]);
});

describe('prometheus.yml', () => {
  interface Job {
    readonly job_name: string;
    readonly dns_sd_configs?: readonly { readonly names: readonly string[]; readonly port: number }[];
  }
  const { scrape_configs: jobs } = parse(read('infra/prometheus/prometheus.yml')) as {
    scrape_configs: Job[];
  };

  withTools(`is what promtool takes${why}`, () => {
    expect(promtool(['check', 'config', '--syntax-only', 'prometheus.yml'], { folder })).toContain('SUCCESS');
  });

  test('asks for every role of the fleet by its name, where docker-compose.yml has it answer', () => {
    const of = (name: string) => jobs.find((job) => job.job_name === name)?.dns_sd_configs?.[0];
    expect(of('ml-training')?.names).toEqual(expect.arrayContaining([...roles]));
    const { services } = parse(read('docker-compose.yml'), { merge: true }) as {
      services: Record<string, { environment?: Record<string, unknown> }>;
    };
    expect(of('ml-training')?.port).toBe(services['trainer']?.environment?.['HEALTH_PORT']);
    expect(of('ml-training-fleet')).toMatchObject({
      names: ['metrics'],
      port: services['metrics']?.environment?.['METRICS_PORT'],
    });
  });
});

describe('Alertmanager', () => {
  const files = readdirSync(path.join(root, 'infra/alertmanager'));

  test('its files differ in where alerts go, and in nothing else', () => {
    const contents = files.map((file) => {
      const { receivers, route, global, ...rest } = parse(read(`infra/alertmanager/${file}`)) as {
        receivers: { name: string }[];
        route: { receiver: string };
        global?: object;
      };
      expect([file, receivers.map(({ name }) => name)]).toEqual([file, [route.receiver]]);
      expect([file, global !== undefined]).toEqual([file, file.includes('email')]);
      return { rest, route: { ...route, receiver: '' } };
    });
    expect(contents.length).toBe(3);
    for (const content of contents) expect(content).toEqual(contents[0]);
  });

  withTools(`takes each of them${why}`, () => {
    for (const file of files) {
      const mount = `${path.join(root, 'infra/alertmanager')}:/checked:ro`;
      const command = ['run', '--rm', '--network', 'none', '--volume', mount, '--entrypoint', 'amtool'];
      const said = execFileSync(
        'docker',
        [...command, 'prom/alertmanager:v0.28.1', 'check-config', `/checked/${file}`],
        {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      expect(said).toContain('SUCCESS');
    }
  });
});
