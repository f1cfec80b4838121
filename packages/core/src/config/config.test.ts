import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { configSchema, environmentOf, loadConfig, readEnvFile, settingsFor } from './index.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const writeScratch = (text: string): string => {
  const file = path.join(folder, '.env');
  writeFileSync(file, text);
  return file;
};
const fromFile = (text: string) => loadConfig(readEnvFile(writeScratch(text)));

/** A value that each variable must refuse; the free texts take anything. */
const wrong: Readonly<Record<string, string>> = {
  TRAINING_CRON_SCHEDULE: '0 25 * * *',
  TRAINING_BATCH_SIZE: '1e3',
  MAX_CONCURRENT_TRAINING_JOBS: '0',
  TRAINING_JOB_TIMEOUT: '-1',
  TRAINING_RETRY_ATTEMPTS: 'three',
  MIN_TRAINING_DATA_POINTS: '99.5',
  MODEL_RETENTION_DAYS: '0',
  JOB_RETENTION_DAYS: '6',
  METRICS_RETENTION_DAYS: '0',
  ML_TRAINING_DEBUG: 'yes',
  LOG_LEVEL: 'LOUD',
  LOG_FORMAT: 'xml',
  TRAINING_TIMEZONE: 'Mars/Olympus',
  TRAINING_STRATEGIES: 'ensemble,svm',
  TRAINING_SYMBOLS: 'AAPL,../x',
  TRAINING_SEED: '-42',
  TRAINING_PARAMS: '{"lstm": 3}',
  TRAINING_FULL_FIT_EVERY: '0',
  TRAINING_THREADS: 'all',
  TRAINING_LEASE_SECONDS: '0',
  TRAINING_RECONCILE_SECONDS: '0',
  MODEL_DIR: 'a\0b',
  MODEL_PROMOTION: 'sometimes',
  REDIS_URL: 'http://redis:6379',
  DATABASE_URL: 'mysql://db/tradebot',
  HTTP_PORT: '65536',
  METRICS_PORT: 'http',
  HEALTH_PORT: '99999',
};
const takesAnything = ['API_TOKEN'];

describe('settings', () => {
  test('the table of wrong values covers every variable', () => {
    expect([...Object.keys(wrong), ...takesAnything].sort()).toEqual(Object.keys(configSchema).sort());
  });

  test.each(Object.entries(wrong))('%s is refused by name, with what is allowed', (name, value) => {
    expect(() => loadConfig({ [name]: value })).toThrow(new RegExp(`^${name} is .*, but must be `));
  });

  test('every wrong variable is named at once', () => {
    expect(() => loadConfig({ LOG_LEVEL: 'LOUD', TRAINING_SEED: 'x' })).toThrow(/LOG_LEVEL[^]*TRAINING_SEED/);
  });

  test('a password in a refused URL is not shown', () => {
    expect(() => loadConfig({ DATABASE_URL: 'http://u:hunter2@db' })).toThrow(/^(?!.*hunter2).*\*\*\*/);
  });

  test('more data points asked for than a batch holds is refused', () => {
    expect(() => loadConfig({ MIN_TRAINING_DATA_POINTS: '500', TRAINING_BATCH_SIZE: '400' })).toThrow(
      /MIN_TRAINING_DATA_POINTS is 500.*TRAINING_BATCH_SIZE \(400\)/,
    );
  });

  test('empty means not set', () => {
    expect(loadConfig({ TRAINING_BATCH_SIZE: '', TRAINING_STRATEGIES: ' ' })).toEqual(loadConfig({}));
  });

  test("the guide's example .env gives the defaults", () => {
    const guide = `# ML Training Service Configuration
TRAINING_CRON_SCHEDULE=0 2,14,22 * * *
TRAINING_BATCH_SIZE=1000
MAX_CONCURRENT_TRAINING_JOBS=3
TRAINING_JOB_TIMEOUT=3600
TRAINING_RETRY_ATTEMPTS=3
MIN_TRAINING_DATA_POINTS=100
MODEL_RETENTION_DAYS=30

# Performance tuning
ML_TRAINING_DEBUG=false
LOG_LEVEL=INFO
`;
    expect(fromFile(guide)).toEqual(loadConfig({}));
  });

  test("the guide's production .env is read with its spaces and trailing comments", () => {
    const production = `# Production .env configuration
TRAINING_CRON_SCHEDULE=0 2,14,22 * * *  # 3 times daily
TRAINING_BATCH_SIZE=2000                 # Larger batches
MAX_CONCURRENT_TRAINING_JOBS=5           # More parallelism
TRAINING_JOB_TIMEOUT=7200               # 2 hour timeout
MIN_TRAINING_DATA_POINTS=500            # More data required
MODEL_RETENTION_DAYS=90                 # Longer retention
`;
    expect(fromFile(production)).toMatchObject({
      TRAINING_CRON_SCHEDULE: '0 2,14,22 * * *',
      TRAINING_BATCH_SIZE: 2000,
      MAX_CONCURRENT_TRAINING_JOBS: 5,
      TRAINING_JOB_TIMEOUT: 7200,
      MIN_TRAINING_DATA_POINTS: 500,
      MODEL_RETENTION_DAYS: 90,
    });
  });

  test.each(['0 */6 * * *', '0 9,13,17 * * 1-5', '0 2 * * *', '0 9-16/2 * * 1-5'])(
    "the guide's schedule %s is taken",
    (cron) => {
      expect(loadConfig({ TRAINING_CRON_SCHEDULE: cron }).TRAINING_CRON_SCHEDULE).toBe(cron);
    },
  );

  test("a strategy's settings are those for all with its own over them", () => {
    const config = loadConfig({
      TRAINING_PARAMS: '{"all": {"cost_bps": 2, "horizon": 3}, "rl": {"cost_bps": 1}}',
    });
    expect(settingsFor(config, 'rl')).toEqual({ cost_bps: 1, horizon: 3 });
    expect(settingsFor(config, 'lstm')).toEqual({ cost_bps: 2, horizon: 3 });
    expect(settingsFor(loadConfig({}), 'lstm')).toEqual({});
  });

  test.each(['{', '[]', '{"svm": {}}', '{"lstm": 1}', '{"lstm": {"units": [1]}}', '{"all": null}'])(
    'TRAINING_PARAMS=%s is refused',
    (value) => {
      expect(() => loadConfig({ TRAINING_PARAMS: value })).toThrow(
        /^TRAINING_PARAMS is .*, but must be JSON such as/,
      );
    },
  );

  test('settings become the variables that they were read from', () => {
    const given = {
      TRAINING_PARAMS: '{"rl": {"seeds": 1}}',
      TRAINING_SYMBOLS: 'GOOG,BTC/USD',
      TRAINING_SEED: '7',
    };
    for (const config of [loadConfig({}), loadConfig(given)])
      expect(loadConfig(environmentOf(config))).toEqual(config);
  });

  test('debug mode means DEBUG logs', () => {
    expect(loadConfig({ ML_TRAINING_DEBUG: 'true', LOG_LEVEL: 'INFO' }).LOG_LEVEL).toBe('DEBUG');
  });
});

test("the README's table has every variable, with its default", () => {
  const readme = readFileSync(path.resolve(import.meta.dirname, '../../../../README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| ([A-Z_]+) +\| (.*?) +\| .* \|$/gm)];
  const table = new Map(rows.map(([, name, value]) => [name, value?.replaceAll('\\*', '*')]));
  const empty: Record<string, string> = {
    TRAINING_SYMBOLS: '(all in market_data)',
    TRAINING_PARAMS: '{}',
    API_TOKEN: '(empty)',
  };
  const defaults = Object.entries<{ default?: unknown }>(configSchema).map(([name, spec]) => [
    name,
    empty[name] ?? String(spec.default),
  ]);
  expect([...table].sort()).toEqual(defaults.sort());
});

test('.env.example names settings only, with their defaults, and leaves none empty before a comment', () => {
  const example = readFileSync(path.resolve(import.meta.dirname, '../../../../.env.example'), 'utf8');
  // docker compose takes the comment after an empty value for the value.
  expect(example).not.toMatch(/^(# )?[A-Z_]+=\s+#/m);
  const { POSTGRES_PASSWORD, REDIS_URL, DATABASE_URL, TRAINING_SYMBOLS, ...rest } = readEnvFile(
    writeScratch(example.replaceAll(/^# (?=[A-Z_]+=)/gm, '')),
  );
  expect(POSTGRES_PASSWORD).toBe('postgres');
  // These have an example where the default would say nothing.
  expect(() => loadConfig({ REDIS_URL, DATABASE_URL, TRAINING_SYMBOLS })).not.toThrow();
  expect(Object.keys(configSchema)).toEqual(expect.arrayContaining(Object.keys(rest)));
  expect(loadConfig(rest)).toEqual(loadConfig({}));
});
