import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { connectDatabase } from '../database/connect.ts';
import { connectRedis } from '../redis/connect.ts';
import {
  configSchema,
  environmentOf,
  loadConfig,
  loadPlaces,
  oldNamesIn,
  readEnvFile,
  secretsIn,
  settingsFor,
} from './index.ts';

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
  MODEL_KEEP_LAST: '-1',
  FEATURE_IMPORTANCES: 'yes',
  MODEL_BELOW_FLOOR: 'delete',
  DATA_CHECK: 'fail',
  BAR_TIMES: 'middle',
  NEGATIVE_PRICES: 'CL,../x',
  MAX_MODEL_AGE: 'a week',
  MAX_BAR_AGE: '-3h',
  JOB_RETENTION_DAYS: '6',
  METRICS_RETENTION_DAYS: '0',
  ML_TRAINING_DEBUG: 'yes',
  LOG_LEVEL: 'LOUD',
  LOG_FORMAT: 'xml',
  TRAINING_TIMEZONE: 'Mars/Olympus',
  TRAINING_CALENDAR: 'NYSE:lunch',
  TRAINING_STRATEGIES: 'ensemble,SVM',
  TRAINING_SYMBOLS: 'AAPL,../x',
  TRAINING_WEIGHTS: 'lstm=1,rl=0',
  RUN_TOO_LONG: 'ignore',
  MARKET_DATA_TABLE: 'bot.candles; DROP TABLE x',
  MARKET_DATA_COLUMNS: 'ts',
  MARKET_DATA_TIMEZONE: 'Mars/Olympus',
  TRAINING_SEED: '-42',
  TRAINING_PARAMS: '{"lstm": 3}',
  TRAINING_FULL_FIT_EVERY: '0',
  TUNE_EVERY: 'weekly',
  TUNE_TRIALS: '1',
  TRAINING_THREADS: 'all',
  TRAINING_MAX_JOBS_PER_CHILD: '0',
  TRAINING_MAX_MEMORY_PER_CHILD: '500MB',
  TRAINING_MAX_AGE_PER_CHILD: 'an hour',
  TRAINING_LEASE_SECONDS: '0',
  TRAINING_RECONCILE_SECONDS: '0',
  TRAINER_IDLE_SECONDS: '-1',
  MODEL_DIR: 'a\0b',
  MODEL_STORE: 'gs://bucket/models',
  MODEL_CACHE_MB: '-1',
  AWS_ENDPOINT_URL_S3: 'minio:9000',
  STRATEGIES_DIR: 'a\0b',
  MODEL_PROMOTION: 'sometimes',
  MODEL_FLOOR: 'zero',
  MODEL_INCOMPARABLE_RUNS: '-1',
  REFIT: 'all',
  REDIS_URL: 'http://redis:6379',
  REDIS_HOST: 'redis://redis',
  DATABASE_URL: 'mysql://db/tradebot',
  POSTGRES_HOST: 'db/tradebot',
  HTTP_PORT: '65536',
  METRICS_PORT: 'http',
  HEALTH_PORT: '99999',
  WEBHOOK_URL: 'ftp://alerts.example',
  WEBHOOK_SECRET: 'too short',
};
const takesAnything = [
  'API_TOKEN',
  'REDIS_PASSWORD',
  'POSTGRES_USER',
  'POSTGRES_PASSWORD',
  'POSTGRES_DB',
  'AWS_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
];

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

  describe('a store of objects', () => {
    test.each(['s3://models', 's3://models/', 's3://my.models-1/fleet/a=b/'])('may be %s', (MODEL_STORE) => {
      expect(loadConfig({ MODEL_STORE: ` ${MODEL_STORE} ` }).MODEL_STORE).toBe(MODEL_STORE);
    });

    test.each([
      'models',
      's3://',
      's3://M',
      's3://models/../x',
      's3://models//x',
      's3://models/a b',
      's3://u:p@models',
    ])('may not be %s', (MODEL_STORE) => {
      expect(() => loadConfig({ MODEL_STORE })).toThrow(/^MODEL_STORE is .*must be s3:\/\/bucket/);
    });

    test('has both halves of its credentials, or none, and shows no secret', () => {
      const half = { MODEL_STORE: 's3://models', AWS_ACCESS_KEY_ID: 'AKIA' };
      expect(() => loadConfig(half)).toThrow(/^AWS_SECRET_ACCESS_KEY is not set, but must be/);
      const whole = { ...half, AWS_SECRET_ACCESS_KEY: 'hunter2', AWS_SESSION_TOKEN: 'a token' };
      expect(secretsIn(loadConfig(whole))).toEqual(expect.arrayContaining(['hunter2', 'a token']));
      expect(() =>
        loadConfig({ ...whole, AWS_ACCESS_KEY_ID: '', AWS_ENDPOINT_URL_S3: 'http://u:hunter2@minio' }),
      ).toThrow(/^(?!.*hunter2)AWS_ENDPOINT_URL_S3/);
    });

    test('is left out where a program names a folder itself', () => {
      const environment = { MODEL_STORE: 's3://models', MODEL_DIR: 'here' };
      expect(loadPlaces({}, environment)).toMatchObject({ MODEL_STORE: 's3://models', MODEL_DIR: 'here' });
      expect(loadPlaces({ MODEL_DIR: 'there' }, environment)).toMatchObject({
        MODEL_STORE: '',
        MODEL_DIR: 'there',
      });
    });
  });

  describe('servers', () => {
    const strange = [
      'p@ss/w#rd:1',
      'a%b',
      '50%25',
      '$HOME',
      `"quoted" 'too'`,
      ' blanks ',
      'ключ🔑',
      '{}[]\\^|?&=+;,',
    ];

    test.each(strange)('a password may be %j: it comes out of the URL as it went in', (password) => {
      const { REDIS_URL, DATABASE_URL } = loadConfig({
        POSTGRES_USER: password,
        POSTGRES_PASSWORD: password,
        POSTGRES_DB: password,
        POSTGRES_HOST: 'db.example:6543',
        REDIS_PASSWORD: password,
      });
      const sql = connectDatabase(DATABASE_URL, { applicationName: 'test' });
      const { host, port, user, pass, database } = sql.options;
      expect({ host, port, user, pass, database }).toEqual({
        host: ['db.example'],
        port: [6543],
        user: password,
        pass: password,
        database: password,
      });
      const redis = connectRedis(REDIS_URL, { name: 'test', onError: () => undefined });
      expect(redis.options).toMatchObject({ host: 'redis', port: 6379, password });
      redis.disconnect();
      expect(loadConfig({ REDIS_URL, DATABASE_URL })).toMatchObject({ REDIS_URL, DATABASE_URL });
    });

    test('a URL, where given, is taken whole', () => {
      expect(loadConfig({ DATABASE_URL: 'postgres://u@h/d', POSTGRES_PASSWORD: 'x' }).DATABASE_URL).toBe(
        'postgres://u@h/d',
      );
    });

    test.each([
      ['DATABASE_URL', 'postgres://postgres:p@ss/w#rd:1@timescaledb:5432/tradebot'],
      ['DATABASE_URL', 'postgres://postgres:1/secret@timescaledb/tradebot'],
      ['DATABASE_URL', 'postgres://postgres:1?secret@timescaledb/tradebot'],
      ['DATABASE_URL', 'postgres://postgres:1#secret@timescaledb/tradebot'],
      ['DATABASE_URL', 'postgres://postgres:secret%@timescaledb/tradebot'],
      ['DATABASE_URL', 'postgres://postgres:se/cret@timescaledb/tradebot'],
      ['REDIS_URL', 'redis://:p/secret#rd@redis:6379'],
      ['REDIS_URL', 'redis://:%secret@redis:6379'],
    ])('%s=%s is refused, with nothing of it shown, and how to write it', (name, url) => {
      const refused = (): unknown => loadConfig({ [name]: url });
      expect(refused).toThrow(new RegExp(`^${name} is .*, but must be a URL such as .*%40 %2F %23`));
      expect(refused).not.toThrow(/secret|ss\/w|w#rd|rd:1|cret/);
    });

    test.each([
      ['::1', '::1', 5432],
      ['[2001:db8::7]:6543', '2001:db8::7', 6543],
      ['/var/run/postgresql', '/var/run/postgresql', 5432],
    ])('POSTGRES_HOST may be %s', (POSTGRES_HOST, host, port) => {
      const sql = connectDatabase(loadConfig({ POSTGRES_HOST }).DATABASE_URL, { applicationName: 'test' });
      expect([sql.options.host, sql.options.port]).toEqual([[host], [port]]);
    });

    test('a bot finds them by the same variables', () => {
      expect(
        loadPlaces({}, { POSTGRES_PASSWORD: 'a@b', REDIS_HOST: '127.0.0.1:7', LOG_LEVEL: 'LOUD' }),
      ).toMatchObject({
        DATABASE_URL: 'postgres://postgres:a%40b@timescaledb:5432/tradebot',
        REDIS_URL: 'redis://127.0.0.1:7',
      });
    });
  });

  describe('webhooks', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

    test('a URL needs a secret beside it, and a secret may be there without', () => {
      expect(() => loadConfig({ WEBHOOK_URL: 'https://a.example/x' })).toThrow(/^WEBHOOK_SECRET is not set/);
      expect(loadConfig({ WEBHOOK_SECRET: secret })).toMatchObject({
        WEBHOOK_SECRET: secret,
        WEBHOOK_URL: '',
      });
      expect(
        loadConfig({ WEBHOOK_URL: ' https://u:p@a.example/x?y=1 ', WEBHOOK_SECRET: ` ${secret} ` }),
      ).toMatchObject({
        WEBHOOK_URL: 'https://u:p@a.example/x?y=1',
        WEBHOOK_SECRET: secret,
      });
    });

    test.each([
      [{ WEBHOOK_SECRET: 'whsec_hunter2' }, 'WEBHOOK_SECRET is \\(hidden\\), but must be whsec_ and'],
      [
        { WEBHOOK_URL: 'ftp://hunter:hunter2@a.example' },
        'WEBHOOK_URL is "ftp:.*, but must be an http or https URL',
      ],
      [
        { WEBHOOK_URL: 'https://u:hunter2#x@a.example' },
        'WEBHOOK_URL is .*, but must be an http or https URL',
      ],
      [{ WEBHOOK_URL: 'alerts.example' }, 'WEBHOOK_URL is .*, but must be an http or https URL'],
    ])('%j is refused, with nothing secret shown', (environment, message) => {
      expect(() => loadConfig(environment)).toThrow(new RegExp(`^${message}`));
      expect(() => loadConfig(environment)).not.toThrow(/hunter2/);
    });

    test('their secrets are known as such', () => {
      const config = loadConfig({
        WEBHOOK_URL: 'https://u:hunter2@a.example',
        WEBHOOK_SECRET: secret,
        API_TOKEN: 'token',
      });
      expect(secretsIn(config)).toEqual([secret, 'hunter2', 'token']);
    });
  });

  describe('TRAINING_PARAMS is checked as a whole', () => {
    test.each([
      [{ TRAINING_PARAMS: '{"lstm": {"unitz": 8}}' }, 'lstm has no setting "unitz"; it has '],
      [
        { TRAINING_PARAMS: '{"lstm": {"units": 0}}' },
        'lstm setting units is 0; allowed is a whole number from 1 to 1024',
      ],
      [
        { TRAINING_PARAMS: '{"rl": {"weights": "float8"}}' },
        'rl setting weights is "float8"; allowed is one of',
      ],
      [{ TRAINING_PARAMS: '{"all": {"units": 8}}' }, 'ensemble has no setting "units"'],
      [
        { TRAINING_PARAMS: '{"all": {"features": ["body", "rsi_15"]}}' },
        'ensemble setting features has "rsi_15", which is no feature; did you mean rsi_14, ',
      ],
      [
        { TRAINING_PARAMS: '{"lstm": {"features": ["body", "body"]}}' },
        'lstm setting features has "body" twice',
      ],
      [{ TRAINING_PARAMS: '{"rl": {"features": []}}' }, 'rl setting features is \\[\\]; allowed is a list'],
      [{ TRAINING_PARAMS: '{"rl": {"gamma": ["a"]}}' }, 'rl setting gamma is \\["a"\\]; allowed is a number'],
      [
        { TRAINING_PARAMS: '{"rl": {"toString": 1}}', TRAINING_STRATEGIES: 'lstm' },
        'rl has no setting "toString"',
      ],
    ])('%j is refused', (environment, problem) => {
      expect(() => loadConfig(environment)).toThrow(
        new RegExp(`^TRAINING_PARAMS is ".*", but must be settings of docs/settings.md: ${problem}`),
      );
    });

    test.each([
      [
        '{"rl": {"envs": 4, "n_envs": 4}}',
        'rl settings envs and n_envs are one, envs is its old name: give n_envs',
      ],
      [
        '{"rl": {"envs": 0}}',
        'rl setting envs [(]now called n_envs[)] is 0; allowed is a whole number from 1',
      ],
      ['{"lstm": {"early_stopping_rounds": 5}}', 'lstm has no setting "early_stopping_rounds"'],
    ])('%s is refused', (value, problem) => {
      expect(() => loadConfig({ TRAINING_PARAMS: value })).toThrow(
        new RegExp(`^TRAINING_PARAMS is ".*", but must be settings of docs/settings.md: ${problem}`),
      );
    });

    test('an old name means the new one, and is told of', () => {
      const config = loadConfig({
        TRAINING_PARAMS:
          '{"all": {"patience": 5}, "ensemble": {"boosting_rounds": 50}, "rl": {"envs": 4, "gamma": 0.5}}',
        TRAINING_STRATEGIES: 'ensemble,lstm',
      });
      expect(settingsFor(config, 'rl')).toMatchObject({ n_envs: 4, gamma: 0.5 });
      expect(settingsFor(config, 'ensemble')).toEqual({ early_stopping_rounds: 5, num_boost_round: 50 });
      expect(settingsFor(config, 'lstm')).toEqual({ patience: 5 });
      expect(oldNamesIn(config)).toEqual([
        'all.patience is now early_stopping_rounds of ensemble',
        'ensemble.boosting_rounds is now ensemble.num_boost_round',
        'rl.envs is now rl.n_envs',
      ]);
    });

    test('what a strategy says itself counts, whichever names it and all use', () => {
      const TRAINING_STRATEGIES = 'rl';
      for (const [all, own] of [
        ['envs', 'n_envs'],
        ['n_envs', 'envs'],
      ]) {
        const TRAINING_PARAMS = `{"all": {"${all}": 4}, "rl": {"${own}": 8}}`;
        expect(settingsFor(loadConfig({ TRAINING_PARAMS, TRAINING_STRATEGIES }), 'rl')).toEqual({
          n_envs: 8,
        });
      }
    });

    test('new names are nothing to tell of', () => {
      expect(
        oldNamesIn(loadConfig({ TRAINING_PARAMS: '{"rl": {"n_envs": 4}, "lstm": {"patience": 5}}' })),
      ).toEqual([]);
    });

    test('what is for all concerns the strategies that are trained', () => {
      const { TRAINING_PARAMS } = loadConfig({
        TRAINING_PARAMS: '{"all": {"units": 8}}',
        TRAINING_STRATEGIES: 'lstm',
      });
      expect(TRAINING_PARAMS).toEqual({ all: { units: 8 } });
    });
  });

  test.each(['lstm', 'lstm=-1', 'lstm=1e3', '=2', 'LSTM=2', 'lstm=1,lstm=2', '{"lstm": "2"}', '[1]'])(
    'TRAINING_WEIGHTS=%s is refused',
    (TRAINING_WEIGHTS) => {
      expect(() => loadConfig({ TRAINING_WEIGHTS })).toThrow(
        /^TRAINING_WEIGHTS is .*, but must be a comma-separated list such as ensemble=3,lstm=0\.5/,
      );
    },
  );

  test('TRAINING_WEIGHTS gives each strategy that it names its weight', () => {
    expect(loadConfig({ TRAINING_WEIGHTS: ' ensemble=3, momentum = 0.5 ' }).TRAINING_WEIGHTS).toEqual({
      ensemble: 3,
      momentum: 0.5,
    });
    expect(loadConfig({ TRAINING_WEIGHTS: '{"lstm": 2}' }).TRAINING_WEIGHTS).toEqual({ lstm: 2 });
  });

  test('a wrong cron field is named, with its range', () => {
    expect(() => loadConfig({ TRAINING_CRON_SCHEDULE: '0 2,14,25 * * *' })).toThrow(
      /^TRAINING_CRON_SCHEDULE is "0 2,14,25 \* \* \*", but must be .*: its hour is 2,14,25, and 25 is not from 0 to 23$/,
    );
  });

  test.each([
    ['AAPL, NIFTY 50 ,$SPX', ['AAPL', 'NIFTY 50', '$SPX']],
    ['["BRK,B", "币安人生/USDT:USDT"]', ['BRK,B', '币安人生/USDT:USDT']],
    ['[X],Y', ['[X]', 'Y']],
    ['[]', []],
  ])('TRAINING_SYMBOLS=%s, also as a child process is given it', (TRAINING_SYMBOLS, symbols) => {
    const config = loadConfig({ TRAINING_SYMBOLS });
    expect(config.TRAINING_SYMBOLS).toEqual(symbols);
    expect(loadConfig(environmentOf(config)).TRAINING_SYMBOLS).toEqual(symbols);
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
    const picked = loadConfig({
      TRAINING_PARAMS: '{"all": {"features": ["body", "lag_3"]}, "rl": {"features": ["gap"]}}',
    });
    expect(settingsFor(picked, 'lstm')).toEqual({ features: ['body', 'lag_3'] });
    expect(settingsFor(picked, 'rl')).toEqual({ features: ['gap'] });
    expect(settingsFor(loadConfig(environmentOf(picked)), 'rl')).toEqual({ features: ['gap'] });
    const costs = { cost_bps: { 'BTC/USD': 8, '*': 5 }, slippage_bps: 1 };
    const bySymbol = loadConfig({ TRAINING_PARAMS: JSON.stringify({ all: costs, rl: { cost_bps: 2 } }) });
    expect(settingsFor(loadConfig(environmentOf(bySymbol)), 'lstm')).toEqual(costs);
    expect(settingsFor(bySymbol, 'rl')).toEqual({ ...costs, cost_bps: 2 });
  });

  test.each([
    '{',
    '[]',
    '{"SVM": {}}',
    '{"constructor!": {}}',
    '{"lstm": 1}',
    '{"lstm": {"units": [1]}}',
    '{"all": null}',
    '{"all": {"cost_bps": {"GOOG": "2"}}}',
  ])('TRAINING_PARAMS=%s is refused', (value) => {
    expect(() => loadConfig({ TRAINING_PARAMS: value })).toThrow(
      /^TRAINING_PARAMS is .*, but must be JSON such as/,
    );
  });

  test('settings become the variables that they were read from', () => {
    const given = {
      TRAINING_PARAMS: '{"rl": {"seeds": 1}}',
      TRAINING_SYMBOLS: 'GOOG,BTC/USD',
      TRAINING_CALENDAR: 'NYSE:open-30m, NASDAQ:close+1h',
      MARKET_DATA_TABLE: 'bot."Candles 1h"',
      MARKET_DATA_COLUMNS: 'time = open_time:ms, close=Close',
      MARKET_DATA_TIMEZONE: 'America/New_York',
      TRAINING_SEED: '7',
      WEBHOOK_URL: 'https://u:p%40@a.example/x?y=1',
      WEBHOOK_SECRET: 'a text of 24 characters.',
    };
    for (const config of [loadConfig({}), loadConfig(given)])
      expect(loadConfig(environmentOf(config))).toEqual(config);
  });

  test('debug mode means DEBUG logs', () => {
    expect(loadConfig({ ML_TRAINING_DEBUG: 'true', LOG_LEVEL: 'INFO' }).LOG_LEVEL).toBe('DEBUG');
  });
});

test("the README's table names variables that there are, with their defaults", () => {
  const readme = readFileSync(path.resolve(import.meta.dirname, '../../../../README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| ([A-Z_]+) +\| (.*?) +\| .* \|$/gm)];
  const table = new Map(rows.map(([, name, value]) => [name, value?.replaceAll('\\*', '*')]));
  const empty: Record<string, string> = {
    REDIS_URL: '(of REDIS\\_…)',
    DATABASE_URL: '(of POSTGRES\\_…)',
    TRAINING_STRATEGIES: '(all there are)',
    TRAINING_SYMBOLS: '(all in market_data)',
    TRAINING_PARAMS: '{}',
    MAX_MODEL_AGE: 'off',
    MAX_BAR_AGE: 'off',
    API_TOKEN: '(empty)',
    WEBHOOK_URL: '(empty)',
  };
  const schema: Readonly<Record<string, { default?: unknown }>> = configSchema;
  const names = [...table.keys()].filter((name) => name !== undefined);
  const defaults = names.map((name) => [name, empty[name] ?? String(schema[name]?.default)]);
  expect(table.size).toBeGreaterThan(10);
  expect([...table]).toEqual(defaults);
});

test('.env.example names settings only, with their defaults, and leaves none empty before a comment', () => {
  const example = readFileSync(path.resolve(import.meta.dirname, '../../../../.env.example'), 'utf8');
  // docker compose takes the comment after an empty value for the value.
  expect(example).not.toMatch(/^(# )?[A-Z_]+=\s+#/m);
  const given = readEnvFile(writeScratch(example.replaceAll(/^# (?=[A-Z_]+=)/gm, '')));
  const { REDIS_URL, DATABASE_URL, TRAINING_STRATEGIES, TRAINING_SYMBOLS, ...most } = given;
  const { WEBHOOK_URL, WEBHOOK_SECRET, TRAINING_CALENDAR, ...more } = most;
  const { MODEL_STORE, AWS_ENDPOINT_URL_S3, AWS_REGION, ...others } = more;
  // These have an example where the default would say nothing.
  const examples = {
    REDIS_URL,
    DATABASE_URL,
    TRAINING_STRATEGIES,
    TRAINING_SYMBOLS,
    TRAINING_CALENDAR,
    WEBHOOK_URL,
    MODEL_STORE,
    AWS_ENDPOINT_URL_S3,
    AWS_REGION,
  };
  expect(() => loadConfig({ ...examples, WEBHOOK_SECRET: 'a text of 24 characters.' })).not.toThrow();
  // A secret that everybody can read is none.
  expect(() => loadConfig({ WEBHOOK_SECRET })).toThrow(/^WEBHOOK_SECRET is /);
  // These are compose's, not the services'.
  const compose = /^(COMPOSE_|LOG_MAX_|\w+_MEMORY$|TIMESCALEDB_CONNECTIONS$|PUBLISHED_|ALERT|GRAFANA_)/;
  const rest = Object.fromEntries(Object.entries(others).filter(([name]) => !compose.test(name)));
  expect(Object.keys(configSchema)).toEqual(expect.arrayContaining(Object.keys(rest)));
  expect(loadConfig(rest)).toEqual(loadConfig({}));
});
