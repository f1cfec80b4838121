import { databaseAddress } from '../database/address.ts';
import { redisAddress, redisSchemes } from '../redis/address.ts';
import { isSymbol } from '../symbol.ts';
import * as is from './validators.ts';

const wordsOf = (read: object | string): string | null => (typeof read === 'string' ? read : null);

/**
 * Every setting of the fleet: `default`, what it means and which values it takes. The guide's names and
 * defaults first; docs and `ml doctor` print this table.
 */
export const schema = {
  TRAINING_CRON_SCHEDULE: is.cronSchedule({ default: '0 2,14,22 * * *', desc: 'when a training run starts' }),
  TRAINING_BATCH_SIZE: is.wholeNumber(
    1,
    10_000_000,
  )({ default: 1000, desc: 'newest bars a symbol that a job trains on' }),
  MAX_CONCURRENT_TRAINING_JOBS: is.wholeNumber(
    1,
    1000,
  )({
    default: 3,
    desc: 'jobs that run at any time over all trainers; also the number of trainers compose starts',
  }),
  TRAINING_JOB_TIMEOUT: is.wholeNumber(
    1,
    604_800,
  )({ default: 3600, desc: 'seconds after which an attempt is killed' }),
  TRAINING_RETRY_ATTEMPTS: is.wholeNumber(0, 100)({ default: 3, desc: 'times a failed job is tried again' }),
  MIN_TRAINING_DATA_POINTS: is.wholeNumber(
    1,
    10_000_000,
  )({ default: 100, desc: 'bars a symbol needs to be trained' }),
  MODEL_RETENTION_DAYS: is.wholeNumber(1, 36_500)({ default: 30, desc: 'days an inactive model is kept' }),
  MODEL_KEEP_LAST: is.wholeNumber(
    0,
    1_000_000,
  )({
    default: 300,
    desc: 'newest models of a strategy and symbol that are kept, younger than MODEL_RETENTION_DAYS or not; 0: no limit',
  }),
  JOB_RETENTION_DAYS: is.wholeNumber(
    7,
    36_500,
  )({ default: 365, desc: 'days an ended job, its records and its run are kept' }),
  METRICS_RETENTION_DAYS: is.wholeNumber(
    1,
    36_500,
  )({ default: 90, desc: 'days the values of ml_training_metrics are kept' }),
  ML_TRAINING_DEBUG: is.flag({
    default: false,
    desc: 'DEBUG logs with per-epoch lines; each job keeps its working folder',
  }),
  LOG_LEVEL: is.oneOf(['ERROR', 'WARN', 'INFO', 'DEBUG'])({
    default: 'INFO',
    desc: 'least level that is logged',
  }),
  LOG_FORMAT: is.oneOf(['json', 'pretty'])({ default: 'json', desc: 'json lines, or lines for people' }),
  TRAINING_TIMEZONE: is.timeZone({ default: 'UTC', desc: 'IANA zone of TRAINING_CRON_SCHEDULE' }),
  TRAINING_CALENDAR: is.calendarEvents({
    default: '',
    desc:
      'when a run starts by the trading days of an exchange, instead of TRAINING_CRON_SCHEDULE: ' +
      'NYSE:open-30m, or several, comma-separated; NYSE and NASDAQ',
  }),
  TRAINING_STRATEGIES: is.strategyList({
    default: [],
    desc: 'which strategies a run trains; empty for ensemble, lstm, rl and all of your own',
  }),
  TRAINING_SYMBOLS: is.symbolList(isSymbol)({
    default: [],
    desc: 'which symbols a run trains, with commas between them or as a JSON list; empty for all in market_data',
  }),
  TRAINING_WEIGHTS: is.weights({
    default: {},
    desc:
      "shares of the trainers' time that a run gives its strategies, as ensemble=3,lstm=1; 1 for those that are not " +
      'named',
  }),
  RUN_TOO_LONG: is.oneOf(['warn', 'stalest'])({
    default: 'warn',
    desc:
      'what is done about a run that will not end before the next one is due: warn trains all of it, and says so; ' +
      'stalest trains the pairs that there is time for, those first whose last training is longest ago',
  }),
  MARKET_DATA_TABLE: is.tableName({
    default: 'market_data',
    desc:
      "where bars are read from: the fleet's own market_data, or a table or view of yours, such as " +
      'bot.candles, which is never written',
  }),
  MARKET_DATA_COLUMNS: is.columnNames({
    default: [],
    desc:
      'which of its columns is what, as time=ts,symbol=ticker,close=px_last, and further ones of numbers for ' +
      'features; empty where their names say it',
  }),
  MARKET_DATA_TIMEZONE: is.timeZone({
    default: '',
    desc: 'IANA zone of its times where they have none (timestamp without time zone)',
  }),
  TRAINING_SEED: is.wholeNumber(0, 2 ** 31 - 1)({ default: 42, desc: 'makes a training repeatable' }),
  TRAINING_PARAMS: is.strategySettings({
    default: {},
    desc: 'settings of the strategies, as JSON; docs/settings.md lists them',
  }),
  TRAINING_FULL_FIT_EVERY: is.wholeNumber(
    1,
    1_000_000,
  )({
    default: 1,
    desc:
      'one of so many trainings of a pair is from scratch, the others are warm-started from the model in ' +
      'use; 1: all are from scratch',
  }),
  TUNE_EVERY: is.duration({
    default: 0,
    desc: 'how often better settings of each pair are looked for, as 7d, beside the trainings; off for never',
  }),
  TUNE_TRIALS: is.wholeNumber(
    2,
    10_000,
  )({ default: 20, desc: 'sets of settings that each such search looks at, those in use counted' }),
  TRAINING_THREADS: is.wholeNumber(
    0,
    1024,
  )({ default: 0, desc: 'threads a training may use; 0 shares the cores out' }),
  TRAINING_MAX_JOBS_PER_CHILD: is.wholeNumber(
    1,
    1_000_000,
  )({
    default: 100,
    desc: 'jobs after which a training process is replaced; 1: a process for each job',
  }),
  TRAINING_MAX_MEMORY_PER_CHILD: is.wholeNumber(
    0,
    1_000_000,
  )({
    default: 500,
    desc: 'MiB resident after a job above which a training process is replaced; 0: no limit',
  }),
  TRAINING_MAX_AGE_PER_CHILD: is.duration({
    default: 3600,
    desc: 'age after which a training process is replaced, between two jobs, as 1h; off for none',
  }),
  TRAINING_LEASE_SECONDS: is.wholeNumber(
    1,
    3600,
  )({ default: 30, desc: 'how long a job stays claimed without renewal' }),
  TRAINING_RECONCILE_SECONDS: is.wholeNumber(
    1,
    3600,
  )({ default: 10, desc: 'how often rows and queue are compared' }),
  TRAINER_IDLE_SECONDS: is.wholeNumber(
    0,
    86_400,
  )({
    default: 0,
    desc:
      'seconds without a job after which a trainer ends by itself, for engines that start trainers when jobs wait ' +
      '(Kubernetes with KEDA); 0: never',
  }),
  MODEL_DIR: is.folder({ default: 'models', desc: 'where model files go' }),
  MODEL_STORE: is.objectStore({
    default: '',
    desc:
      'an S3-compatible store for models and checkpoints, as s3://bucket/prefix; MODEL_DIR then has copies of what ' +
      'was read. Empty: models are files of MODEL_DIR',
  }),
  MODEL_CACHE_MB: is.wholeNumber(
    0,
    1_000_000,
  )({ default: 1024, desc: 'MB of MODEL_DIR that copies of models of MODEL_STORE may take; 0: none' }),
  AWS_ENDPOINT_URL_S3: is.httpUrl({
    default: '',
    desc: 'the server of MODEL_STORE, as http://minio:9000; empty: that of AWS',
  }),
  AWS_REGION: is.text({
    default: '',
    desc: "region of MODEL_STORE; empty: that of the profile, as AWS's SDK finds it, else us-east-1. Most servers of others take any",
  }),
  AWS_ACCESS_KEY_ID: is.text({
    default: '',
    desc: "of MODEL_STORE; empty: where AWS's SDK looks besides (a profile, the machine's role)",
  }),
  AWS_SECRET_ACCESS_KEY: is.verbatim({ default: '', desc: 'of AWS_ACCESS_KEY_ID' }),
  AWS_SESSION_TOKEN: is.verbatim({ default: '', desc: 'of an AWS_ACCESS_KEY_ID that is temporary' }),
  STRATEGIES_DIR: is.folder({
    default: 'strategies',
    desc: 'where the strategies of your own are, a folder each',
  }),
  FEATURE_IMPORTANCES: is.oneOf(['off', 'quick', 'thorough'])({
    default: 'quick',
    desc:
      'what each training finds out of how much its model loses when a feature is shuffled on the holdout: ' +
      'quick takes some 0.2 s, thorough up to a hundred times as many predictions',
  }),
  MODEL_PROMOTION: is.oneOf(['always', 'not-worse', 'manual'])({
    default: 'not-worse',
    desc: 'when a new model goes live',
  }),
  MODEL_FLOOR: is.oneOf(['none', 'baseline', 'edge'])({
    default: 'baseline',
    desc:
      'what a new model must at least be: baseline refuses one that is worse beyond noise than the base ' +
      'rate, the mean or never trading, also the first of its pair; edge refuses one that was not found to ' +
      'know anything too; none',
  }),
  MODEL_INCOMPARABLE_RUNS: is.wholeNumber(
    0,
    1_000_000,
  )({
    default: 3,
    desc:
      'runs in a row without enough bars that neither model has seen, after which the present one ' +
      'gives way; 0: never',
  }),
  REFIT: is.oneOf(['judged', 'none'])({
    default: 'judged',
    desc:
      'what is used of a new model: judged fits it once more on all bars, after it was judged and decided on, ' +
      'with nothing chosen anew; none uses it as it was judged, without the newest bars',
  }),
  MODEL_BELOW_FLOOR: is.oneOf(['flag', 'deactivate'])({
    default: 'flag',
    desc:
      'a model in use that is worse than the naive rule on the bars since its training: named, or ' +
      'taken out of use',
  }),
  DATA_CHECK: is.oneOf(['warn', 'refuse'])({
    default: 'warn',
    desc:
      "what is done about a symbol's bars that can't be right: warn names them in the job's result and trains on the " +
      'others; refuse neither trains on them nor imports them',
  }),
  BAR_TIMES: is.oneOf(['open', 'close'])({
    default: 'open',
    desc: 'what the time of a bar in market_data is: when it opens, or when it closes',
  }),
  NEGATIVE_PRICES: is.symbolList(isSymbol)({
    default: [],
    desc:
      'symbols whose prices may be 0 or below, as those of some futures: such bars are stored, and no training or ' +
      'prediction uses them',
  }),
  MAX_MODEL_AGE: is.duration({
    default: 0,
    desc: 'predictions of an older model are refused, as 7d; off for none',
  }),
  MAX_BAR_AGE: is.duration({
    default: 0,
    desc: 'predictions of older bars are refused, as 36h; off for none',
  }),
  REDIS_URL: is.serverUrl(
    'redis://:password@host:6379',
    redisSchemes,
    'REDIS_HOST and REDIS_PASSWORD',
    (url) => wordsOf(redisAddress(url)),
  )({
    default: '',
    desc: 'Redis, the queue, in one, or redis+sentinel://…; empty: REDIS_HOST and REDIS_PASSWORD say it',
  }),
  REDIS_HOST: is.host({ default: 'redis', desc: 'host of Redis, or host:port' }),
  REDIS_PASSWORD: is.verbatim({ default: '', desc: "Redis's password; empty for none" }),
  DATABASE_URL: is.serverUrl(
    'postgres://user:password@host:5432/database',
    ['postgres', 'postgresql'],
    'POSTGRES_HOST, POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB',
    (url) => wordsOf(databaseAddress(url)),
  )({ default: '', desc: 'PostgreSQL, with TimescaleDB or without, in one; empty: POSTGRES_… say it' }),
  POSTGRES_HOST: is.host({ default: 'timescaledb', desc: 'host of PostgreSQL, or host:port' }),
  POSTGRES_USER: is.verbatim({ default: 'postgres', desc: "PostgreSQL's user" }),
  POSTGRES_PASSWORD: is.verbatim({ default: 'postgres', desc: "PostgreSQL's password" }),
  POSTGRES_DB: is.verbatim({ default: 'tradebot', desc: "PostgreSQL's database" }),
  HTTP_PORT: is.wholeNumber(0, 65_535)({ default: 8080, desc: 'the page and the HTTP API' }),
  METRICS_PORT: is.wholeNumber(
    0,
    65_535,
  )({ default: 9464, desc: 'the Prometheus exporter of the metrics service' }),
  HEALTH_PORT: is.wholeNumber(
    0,
    65_535,
  )({ default: 8081, desc: '/livez, /readyz and /metrics of every service; 0 takes a free port' }),
  API_TOKEN: is.text({
    default: '',
    desc: 'bearer token of HTTP calls that change something; without one only this machine may',
  }),
  WEBHOOK_URL: is.webUrl({
    default: '',
    desc: 'where failed jobs, decisions on models and overdue runs are posted; empty for nowhere',
  }),
  WEBHOOK_SECRET: is.webhookSecret({
    default: '',
    desc: 'signs what is posted: whsec_ and base64, or a text of 24 bytes or more',
  }),
};
