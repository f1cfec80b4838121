import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import {
  builtInTypes,
  currentName,
  isBuiltIn,
  isStrategyType,
  overlaid,
  problemWith,
  strategyOf,
  strategyTypes,
  withCurrentNames,
  type BySymbol,
  type StrategyType,
} from '@ml-training/sdk';
import { cleanEnv, type CleanedEnv } from 'envalid';
import { FleetError } from '../errors.ts';
import { fileNameOf, fileSettings, variablesOf, withFiles } from './files.ts';
import { modelSettingNames } from './model-settings.ts';
import { schema } from './schema.ts';
import { redactUrl, secretsOf } from './redact.ts';
import { serverUrlOf } from './server-url.ts';

export { schema as configSchema };
export { fileSettings, isGiven, variablesOf } from './files.ts';
export { redactText, redactUrl } from './redact.ts';
export type Config = Readonly<CleanedEnv<typeof schema>>;
type Environment = Readonly<Record<string, string | undefined>>;
type Settings = Readonly<Record<string, number | string | boolean | readonly string[] | BySymbol>>;

/** Values that are never shown, and those shown without their password. */
const secret = new Set([
  'API_TOKEN',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'POSTGRES_PASSWORD',
  'REDIS_PASSWORD',
  'WEBHOOK_SECRET',
]);
const urls = new Set(['AWS_ENDPOINT_URL_S3', 'REDIS_URL', 'DATABASE_URL', 'MODEL_STORE', 'WEBHOOK_URL']);

/**
 * Reads and checks every setting. An empty value counts as not set, as compose passes on what .env leaves
 * out. What may be secret is read from a file where NAME_FILE names one.
 * @throws FleetError CONFIG_INVALID with a line for each wrong variable: its name, its value, what is allowed
 */
export function loadConfig(environment: Environment = process.env): Config {
  const { given: all, problems: unread } = withFiles(environment);
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value?.trim() !== ''));
  const problems = [...unread];
  const config = cleanEnv(given, schema, {
    reporter: ({ errors }) => {
      for (const [name, error] of Object.entries(errors))
        problems.push(`${name} is ${shown(name, given[name])}, but must be ${error.message}`);
    },
  });
  if (problems.length === 0 && config.MIN_TRAINING_DATA_POINTS > config.TRAINING_BATCH_SIZE)
    problems.push(
      `MIN_TRAINING_DATA_POINTS is ${config.MIN_TRAINING_DATA_POINTS}, but must be at most ` +
        'TRAINING_BATCH_SIZE ' +
        `(${config.TRAINING_BATCH_SIZE}): a job is never given more bars than that`,
    );
  if (problems.length === 0) problems.push(...strategySettingsProblems(config, given['TRAINING_PARAMS']));
  if (problems.length === 0 && config.WEBHOOK_URL !== '' && config.WEBHOOK_SECRET === '')
    problems.push(
      'WEBHOOK_SECRET is not set, but must be, as WEBHOOK_URL is: without it nobody could tell what ' +
        'is posted from a forgery. ' +
        'Make one: echo "whsec_$(openssl rand -base64 32)"',
    );
  if (problems.length === 0 && config.MODEL_STORE !== '') problems.push(...halfCredentials(config));
  if (problems.length > 0) throw new FleetError('CONFIG_INVALID', problems.join('\n'));
  return {
    ...config,
    LOG_LEVEL: config.ML_TRAINING_DEBUG ? 'DEBUG' : config.LOG_LEVEL,
    REDIS_URL: config.REDIS_URL || redisUrl(config),
    DATABASE_URL: config.DATABASE_URL || databaseUrl(config),
  };
}

function halfCredentials({ AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }: Config): string[] {
  const given = { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
  const missing = Object.entries(given).filter(([, value]) => value === '');
  return missing.length === 1
    ? [`${missing[0]![0]} is not set, but must be, as its other half is; or leave out both`]
    : [];
}

const redisUrl = (config: Config): string =>
  serverUrlOf({ scheme: 'redis', host: config.REDIS_HOST, port: 6379, password: config.REDIS_PASSWORD });

const databaseUrl = (config: Config): string =>
  serverUrlOf({
    scheme: 'postgres',
    host: config.POSTGRES_HOST,
    port: 5432,
    user: config.POSTGRES_USER,
    password: config.POSTGRES_PASSWORD,
    database: config.POSTGRES_DB,
  });

/** What TRAINING_PARAMS sets that a strategy doesn't have; `all` concerns those of TRAINING_STRATEGIES. */
function strategySettingsProblems(config: Config, given: string | undefined): string[] {
  for (const strategy of builtInTypes) {
    const problem = problemWith(strategyOf(strategy).settings, givenFor(config, strategy), strategy);
    if (problem !== null)
      return [
        `TRAINING_PARAMS is ${JSON.stringify(given)}, but must be settings of docs/settings.md: ${problem}`,
      ];
  }
  return [];
}

type StrategyConfig = Pick<Config, 'TRAINING_PARAMS' | 'TRAINING_STRATEGIES'>;
type StrategyNames = StrategyConfig & Pick<Config, 'TRAINING_WEIGHTS'>;

/**
 * The strategies that a run trains: those that are named, else the built-ins and all of the user's own whose
 * folder is there. A name that this process knows no strategy of may be among them.
 */
export const plannedStrategies = ({
  TRAINING_STRATEGIES,
}: Pick<Config, 'TRAINING_STRATEGIES'>): readonly StrategyType[] =>
  TRAINING_STRATEGIES.length > 0
    ? TRAINING_STRATEGIES
    : strategyTypes().filter((type) => strategyOf(type).inRuns === true);

/**
 * What is wrong with what settings say of the user's own strategies, which only a process that was told of
 * them can say: a line each, with the variable, its value and what is allowed.
 */
export function ownStrategyProblems(config: StrategyNames): string[] {
  const { TRAINING_STRATEGIES, TRAINING_PARAMS, TRAINING_WEIGHTS } = config;
  const there = `one of ${strategyTypes().join(', ')}; "ml strategies" says what is wrong with others`;
  const unknown = TRAINING_STRATEGIES.filter((type) => !isStrategyType(type));
  const unknownWeights = Object.keys(TRAINING_WEIGHTS).filter((name) => !isStrategyType(name));
  const unknownParams = Object.keys(TRAINING_PARAMS).filter(
    (name) => name !== 'all' && !isStrategyType(name),
  );
  const settings = plannedStrategies(config)
    .filter((type) => isStrategyType(type) && !isBuiltIn(type))
    .map((type) => problemWith(strategyOf(type).settings, givenFor(config, type), type))
    .filter((problem) => problem !== null);
  return [
    ...unknown.map((name) => `TRAINING_STRATEGIES has ${JSON.stringify(name)}, but each must be ${there}`),
    ...unknownWeights.map(
      (name) => `TRAINING_WEIGHTS has ${JSON.stringify(name)}, but each must be ${there}`,
    ),
    ...unknownParams.map(
      (name) => `TRAINING_PARAMS has ${JSON.stringify(name)}, but each must be all or ${there}`,
    ),
    ...settings.map((problem) => `TRAINING_PARAMS is wrong: ${problem}`),
  ];
}

/** What concerns a strategy, by the names it is given by. */
function givenFor(config: StrategyConfig, strategy: StrategyType): Settings {
  const { TRAINING_PARAMS } = config;
  const own = TRAINING_PARAMS[strategy] ?? {};
  return plannedStrategies(config).includes(strategy)
    ? overlaid(TRAINING_PARAMS.all ?? {}, own, strategy)
    : own;
}

/**
 * Settings that TRAINING_PARAMS calls by an old name, each with where it stands and what it is called now.
 */
export function oldNamesIn(config: StrategyConfig): readonly string[] {
  return builtInTypes.flatMap((strategy) =>
    Object.keys(givenFor(config, strategy))
      .filter((name) => currentName(strategy, name) !== name)
      .map((name) => {
        const own = Object.hasOwn(config.TRAINING_PARAMS[strategy] ?? {}, name);
        const now = currentName(strategy, name);
        return own
          ? `${strategy}.${name} is now ${strategy}.${now}`
          : `all.${name} is now ${now} of ${strategy}`;
      }),
  );
}

/**
 * What TRAINING_PARAMS sets for a strategy: what it says for all, with the strategy's own over it, by current
 * names.
 */
export function settingsFor(
  { TRAINING_PARAMS }: Pick<Config, 'TRAINING_PARAMS'>,
  strategy: StrategyType,
): Settings {
  const given = overlaid(TRAINING_PARAMS.all ?? {}, TRAINING_PARAMS[strategy] ?? {}, strategy);
  return withCurrentNames(given, strategy);
}

/**
 * The variables that `loadConfig` reads as these settings: what a child process gets over the environment of
 * this one, whose files are read already.
 */
export function environmentOf(config: Config): Readonly<Record<string, string>> {
  return Object.fromEntries([
    ...fileSettings.map((name): [string, string] => [fileNameOf(name), '']),
    ...Object.entries(config).map(([name, value]): [string, string] => [
      name,
      // Strategies have no comma in their names, and symbols may.
      typeof value === 'object' && !(Array.isArray(value) && name !== 'TRAINING_SYMBOLS')
        ? JSON.stringify(value)
        : String(value),
    ]),
  ]);
}

/** What must not be seen of a text, for redactText. */
export function secretsIn(config: Config): readonly string[] {
  return secretsOf(
    [config.REDIS_URL, config.DATABASE_URL, config.WEBHOOK_URL],
    [config.API_TOKEN, config.WEBHOOK_SECRET, config.AWS_SECRET_ACCESS_KEY, config.AWS_SESSION_TOKEN],
  );
}

const places = [
  'REDIS_URL',
  'DATABASE_URL',
  ...modelSettingNames,
  'STRATEGIES_DIR',
  'MAX_MODEL_AGE',
  'MAX_BAR_AGE',
] as const;
type Place = (typeof places)[number];
const parts = [
  'REDIS_HOST',
  'REDIS_PASSWORD',
  'POSTGRES_HOST',
  'POSTGRES_USER',
  'POSTGRES_PASSWORD',
  'POSTGRES_DB',
] as const;

/**
 * Where servers and model files are, and how old a model and its bars may be, by what is given, else by the
 * environment, else by default. For programs other than the fleet's own: nothing else of their environment
 * is looked at, as a bot's LOG_LEVEL is the bot's own affair.
 * @throws FleetError CONFIG_INVALID
 */
export function loadPlaces(
  given: Readonly<Partial<Record<Place, string | undefined>>>,
  environment: Environment = process.env,
): Pick<Config, Place> {
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  return loadConfig({
    ...variablesOf(environment, [...places, ...parts]),
    // Who names a server means that one, whatever file the environment names.
    ...Object.fromEntries(
      named.flatMap(([name, value]) => [
        [name, value],
        [fileNameOf(name), undefined],
      ]),
    ),
    // Who names a folder means that one, whatever the environment says.
    ...(given.MODEL_DIR !== undefined && given.MODEL_STORE === undefined ? { MODEL_STORE: undefined } : {}),
  });
}

/** The variables of a .env file, trailing `# comments` dropped; an absent file has none. */
export function readEnvFile(file: string): Environment {
  return existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
}

function shown(name: string, value: string | undefined): string {
  if (secret.has(name)) return '(hidden)';
  return JSON.stringify(urls.has(name) ? redactUrl(value ?? '') : value);
}
