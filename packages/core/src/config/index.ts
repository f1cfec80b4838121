import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { cleanEnv, type CleanedEnv } from 'envalid';
import { FleetError } from '../errors.ts';
import type { StrategyType } from '../strategy-types.ts';
import { schema } from './schema.ts';

export { schema as configSchema };
export type Config = Readonly<CleanedEnv<typeof schema>>;
type Environment = Readonly<Record<string, string | undefined>>;

/** Values that may hold a password or are one. */
const secret = new Set(['REDIS_URL', 'DATABASE_URL', 'API_TOKEN']);

/**
 * Reads and checks every setting. An empty value counts as not set, as compose passes on what .env leaves out.
 * @throws FleetError CONFIG_INVALID with a line for each wrong variable: its name, its value, what is allowed
 */
export function loadConfig(environment: Environment = process.env): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim() !== ''));
  const problems: string[] = [];
  const config = cleanEnv(given, schema, {
    reporter: ({ errors }) => {
      for (const [name, error] of Object.entries(errors))
        problems.push(`${name} is ${shown(name, given[name])}, but must be ${error.message}`);
    },
  });
  if (problems.length === 0 && config.MIN_TRAINING_DATA_POINTS > config.TRAINING_BATCH_SIZE)
    problems.push(
      `MIN_TRAINING_DATA_POINTS is ${config.MIN_TRAINING_DATA_POINTS}, but must be at most TRAINING_BATCH_SIZE ` +
        `(${config.TRAINING_BATCH_SIZE}): a job is never given more bars than that`,
    );
  if (problems.length > 0) throw new FleetError('CONFIG_INVALID', problems.join('\n'));
  return { ...config, LOG_LEVEL: config.ML_TRAINING_DEBUG ? 'DEBUG' : config.LOG_LEVEL };
}

/** What TRAINING_PARAMS sets for a strategy: what it says for all, with the strategy's own over it. */
export function settingsFor(
  { TRAINING_PARAMS }: Pick<Config, 'TRAINING_PARAMS'>,
  strategy: StrategyType,
): Readonly<Record<string, number | string | boolean>> {
  return { ...TRAINING_PARAMS.all, ...TRAINING_PARAMS[strategy] };
}

/** The variables that `loadConfig` reads as these settings: what a child process gets. */
export function environmentOf(config: Config): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      name,
      typeof value === 'object' && !Array.isArray(value) ? JSON.stringify(value) : String(value),
    ]),
  );
}

type Place = 'REDIS_URL' | 'DATABASE_URL' | 'MODEL_DIR';

/**
 * Where servers and model files are, by what is given, else by the environment, else by default. For programs other than
 * the fleet's own: nothing else of their environment is looked at, as a bot's LOG_LEVEL is the bot's own affair.
 * @throws FleetError CONFIG_INVALID
 */
export function loadPlaces(
  given: Readonly<Partial<Record<Place, string | undefined>>>,
  environment: Environment = process.env,
): Pick<Config, Place> {
  const { REDIS_URL, DATABASE_URL, MODEL_DIR } = environment;
  return loadConfig({
    REDIS_URL: given.REDIS_URL ?? REDIS_URL,
    DATABASE_URL: given.DATABASE_URL ?? DATABASE_URL,
    MODEL_DIR: given.MODEL_DIR ?? MODEL_DIR,
  });
}

/** The variables of a .env file, trailing `# comments` dropped; an absent file has none. */
export function readEnvFile(file: string): Environment {
  return existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
}

/** A URL without its password, for logs and messages. */
export function redactUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return '(not a URL)';
  if (parsed.password !== '') parsed.password = '***';
  return parsed.href;
}

function shown(name: string, value: string | undefined): string {
  if (!secret.has(name)) return JSON.stringify(value);
  return name === 'API_TOKEN' ? '(hidden)' : JSON.stringify(redactUrl(value ?? ''));
}
