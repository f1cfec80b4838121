// Grafana's files, without Grafana: by its own schemas, and every query by whoever answers it. PromQL is
// parsed here where Docker has Prometheus, and answered in packages/testing/test/compose-monitoring.test.ts.
import { readdirSync, readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { connectDatabase, migrate } from '@ml-training/core';
import { grafanaSql, promtool, seedHistory, startServers, whyNoPromtool } from '@ml-training/testing';
import { Ajv } from 'ajv';
import { parse } from 'yaml';

const infra = path.resolve(import.meta.dirname, '../../../infra');
const grafana = path.join(infra, 'grafana');
const json = (file: string): unknown => JSON.parse(readFileSync(path.join(grafana, file), 'utf8'));

interface Target {
  readonly refId: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly expr?: string;
  readonly rawSql?: string;
  readonly format?: string;
}
interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly options?: object;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
}
const dashboards = readdirSync(path.join(grafana, 'dashboards'));
const dashboard = json('dashboards/fleet.json') as { uid: string; panels: Panel[] };
const targets = dashboard.panels.flatMap(({ title, targets: all = [] }) =>
  all.map((target) => ({ title, ...target })),
);

/** What is wrong by a schema, or by one of its definitions; '' when nothing is. */
function problems(name: string, value: unknown, definition?: string): string {
  const schema = json(`schemas/${name}.jsonschema.json`) as { $ref?: string };
  const of = definition === undefined ? schema : { ...schema, $ref: `#/definitions/${definition}` };
  const ajv = new Ajv({ allErrors: true, strict: false, formats: { 'date-time': true } });
  return ajv.validate(of, value) ? '' : ajv.errorsText();
}

describe('the dashboard', () => {
  test('is the only one, and is what the schemas of Grafana want', () => {
    expect(dashboards).toEqual(['fleet.json']);
    expect(problems('dashboard', dashboard)).toBe('');
    for (const { title, type, options = {} } of dashboard.panels)
      if (type !== 'row') expect([title, problems(type, options, 'Options')]).toEqual([title, '']);
    for (const target of targets)
      if (target.expr !== undefined) {
        const { title, ...query } = target;
        expect([title, problems('prometheus', query)]).toEqual([title, '']);
      }
  });

  test('the schemas find what is wrong', () => {
    expect(problems('dashboard', { ...dashboard, panels: [{ type: 'stat', title: 1 }] })).toMatch(
      /title must be string/,
    );
    expect(problems('stat', {}, 'Options')).toMatch(/required property 'graphMode'/);
  });

  test('has panels side by side, numbers of their own, and data sources that are there', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(dashboard.panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
    const known = new Map(sources.map(({ uid, type }) => [uid, type]));
    for (const { title, datasource } of targets)
      expect([title, known.get(datasource.uid)]).toEqual([title, datasource.type]);
  });
});

interface Source {
  readonly uid: string;
  readonly type: string;
  readonly url: string;
}
const sources = ['datasources.yml', 'loki.yml'].flatMap(
  (file) => (parse(readFileSync(path.join(grafana, file), 'utf8')) as { datasources: Source[] }).datasources,
);

// As https://grafana.com/docs/grafana/latest/administration/provisioning/ has them; Grafana publishes no
// schema of these.
const text = { type: 'string', minLength: 1 };
const provisioning = (items: string, properties: object, required: readonly string[]) => ({
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', items],
  properties: {
    apiVersion: { const: 1 },
    [items]: {
      type: 'array',
      minItems: 1,
      items: { type: 'object', additionalProperties: false, required, properties },
    },
  },
});
const sourceFile = provisioning(
  'datasources',
  {
    name: text,
    uid: { type: 'string', pattern: '^[a-zA-Z0-9_-]{1,40}$' },
    type: { enum: ['prometheus', 'grafana-postgresql-datasource', 'loki'] },
    access: { const: 'proxy' },
    url: text,
    user: text,
    isDefault: { type: 'boolean' },
    editable: { type: 'boolean' },
    jsonData: { type: 'object' },
    secureJsonData: { type: 'object', additionalProperties: text },
  },
  ['name', 'uid', 'type', 'access', 'url'],
);
const providerFile = provisioning(
  'providers',
  {
    name: text,
    type: { const: 'file' },
    allowUiUpdates: { type: 'boolean' },
    disableDeletion: { type: 'boolean' },
    options: { type: 'object', additionalProperties: false, required: ['path'], properties: { path: text } },
  },
  ['name', 'type', 'options'],
);

test.each([
  ['datasources.yml', sourceFile],
  ['loki.yml', sourceFile],
  ['providers.yml', providerFile],
])('%s is what Grafana takes, and names what docker-compose.yml sets and mounts', (file, schema) => {
  const source = readFileSync(path.join(grafana, file), 'utf8');
  const ajv = new Ajv({ allErrors: true });
  expect(ajv.validate(schema, parse(source)) ? '' : ajv.errorsText()).toBe('');
  const compose = ['../docker-compose.yml', 'compose/logs.yml'].map((name) =>
    readFileSync(path.join(infra, name), 'utf8'),
  );
  const { services } = parse(compose[0]!, { merge: true }) as {
    services: { grafana: { environment: object } };
  };
  for (const [, name] of source.matchAll(/\$(\w+)/g))
    expect(Object.keys(services.grafana.environment)).toContain(name);
  expect(compose.join('\n')).toContain(`./infra/grafana/${file}:/etc/grafana/provisioning/`);
});

describe('every query', () => {
  test('of SQL runs on a fleet’s database, gives what its panel needs, and reads no table whole', async () => {
    const servers = await startServers();
    const sql = connectDatabase(servers.databaseUrl, { applicationName: 'dashboard test' });
    try {
      await migrate(sql);
      await seedHistory(sql, { jobs: 20_000, models: 2000, symbols: 20, barsASymbol: 1 });
      await sql`
        INSERT INTO ml_training_metrics (time, name, strategy_type, symbol, value)
        SELECT now() - make_interval(mins => i), name, 'lstm', 'GOOG', 0.5
        FROM generate_series(1, 40_000) i, unnest(ARRAY['model_accuracy', 'a', 'b', 'c', 'd', 'e',
          'f']) AS n (name)`;
      await sql`ANALYZE`;
      const queries = targets.flatMap(({ title, rawSql, format }) =>
        rawSql === undefined ? [] : [{ title, format, query: grafanaSql(rawSql) }],
      );
      expect(queries.length).toBeGreaterThan(3);
      for (const { title, format, query } of queries) {
        const rows = await sql.unsafe<Record<string, unknown>[]>(query);
        expect([title, rows.length > 0]).toEqual([title, true]);
        expect([title, rows[0]!['time'] instanceof Date]).toEqual([title, true]);
        if (format === 'time_series') expect([title, typeof rows[0]!['metric']]).toEqual([title, 'string']);
        const plan = await sql.unsafe<{ 'QUERY PLAN': string }[]>(`EXPLAIN ${query}`);
        const lines = plan.map((line) => line['QUERY PLAN']).join('\n');
        expect([
          title,
          /Seq Scan on (ml_training_jobs|ml_training_runs|ml_training_metrics)/.exec(lines)?.[0],
        ]).toEqual([title, undefined]);
      }
    } finally {
      await sql.end({ timeout: 1 });
      await servers.stop();
    }
  });

  const reason = whyNoPromtool();
  (reason === undefined ? test : test.skip)(
    `of PromQL is one${reason === undefined ? '' : ` [${reason}]`}`,
    () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'promql-'));
      const rules = targets.flatMap(({ expr }, i) =>
        expr === undefined ? [] : [{ record: `panel_${i}`, expr }],
      );
      writeFileSync(
        path.join(folder, 'queries.yml'),
        JSON.stringify({ groups: [{ name: 'dashboard', rules }] }),
      );
      const said = promtool(['check', 'rules', 'queries.yml'], { folder });
      rmSync(folder, { recursive: true });
      expect(said).toContain(`SUCCESS: ${rules.length} rules found`);
    },
  );
});
