import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import {
  connectDatabase,
  connectRedis,
  errorFacts,
  listSymbols,
  redactUrl,
  redisReady,
  withDeadline,
  type Config,
} from '@ml-training/core';
import { print, printJson, table } from '../output.ts';
import { commandConfig, localFleet } from '../settings.ts';

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do about it; empty when it is all right. */
  readonly advice: string;
}

const fine = (check: string, detail: string): Finding => ({ check, ok: true, detail, advice: '' });
const wrong = (check: string, detail: string, advice: string): Finding => ({
  check,
  ok: false,
  detail,
  advice,
});

const answerMs = 3000;
const startOne =
  'run "npm start" here, or "docker compose --profile ml-training up -d", or point the variable to a running one';

/** Looks at everything a fleet needs on this machine; exit code 1 when something is not as it must be. */
export async function doctor(options: { json?: true }): Promise<void> {
  const findings: Finding[] = [nodeVersion(), ...(await runtimes())];
  const config = settings(findings);
  if (config !== null) findings.push(modelFolder(config), await redis(config), ...(await database(config)));
  if (options.json === true) printJson(findings);
  else
    print(
      table(
        ['', 'check', 'found', 'what to do'],
        findings.map(({ ok, check, detail, advice }) => [ok ? 'ok' : '!!', check, detail, advice]),
      ),
    );
  if (findings.some((finding) => !finding.ok)) process.exitCode = 1;
}

function nodeVersion(): Finding {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= 24
    ? fine('node', process.version)
    : wrong(
        'node',
        process.version,
        'call it as "npm run -s ml -- doctor" after "npm start": the checkout brings Node 24',
      );
}

async function runtimes(): Promise<Finding[]> {
  const { status } = await import('@ml-training/native');
  return (await status()).map((runtime) =>
    runtime.loads
      ? fine(runtime.runtime, `${runtime.version ?? ''} ${runtime.path ?? ''}`.trim())
      : wrong(
          runtime.runtime,
          runtime.installed ? 'installed, but does not load' : 'not installed',
          runtime.advice ?? 'npm start',
        ),
  );
}

function settings(findings: Finding[]): Config | null {
  try {
    const config = commandConfig();
    const fleet = localFleet();
    findings.push(
      fine(
        'settings',
        fleet === null ? 'environment and .env' : `environment, .env and the fleet of process ${fleet.pid}`,
      ),
    );
    return config;
  } catch (error) {
    findings.push(
      wrong(
        'settings',
        errorFacts(error).error.replaceAll('\n', '; '),
        'correct them in .env or the environment',
      ),
    );
    return null;
  }
}

function modelFolder(config: Config): Finding {
  const folder = path.resolve(config.MODEL_DIR);
  if (!existsSync(folder)) return wrong('MODEL_DIR', `${folder} is not there`, `mkdir -p ${folder}`);
  try {
    accessSync(folder, constants.W_OK);
    return fine('MODEL_DIR', folder);
  } catch {
    return wrong(
      'MODEL_DIR',
      `${folder} can not be written to`,
      'give the user of the trainer write permission there',
    );
  }
}

async function redis(config: Config): Promise<Finding> {
  const connection = connectRedis(config.REDIS_URL, { name: 'ml doctor', onError: () => undefined });
  try {
    await redisReady(connection, answerMs);
    const info = await withDeadline(connection.info('server'), answerMs, 'INFO');
    const version = /(?:valkey|redis)_version:(\S+)/.exec(info)?.[1] ?? 'unknown version';
    return fine('redis', `${version} at ${redactUrl(config.REDIS_URL)}`);
  } catch (error) {
    return wrong('redis', `${redactUrl(config.REDIS_URL)} (REDIS_URL): ${errorFacts(error).error}`, startOne);
  } finally {
    connection.disconnect();
  }
}

async function database(config: Config): Promise<Finding[]> {
  const sql = connectDatabase(config.DATABASE_URL, { applicationName: 'ml doctor', max: 1 });
  try {
    const [server] = await withDeadline(
      sql<[{ version: string; timescale: string | null; migrated: boolean }]>`
        SELECT current_setting('server_version') AS version,
               (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescale,
               to_regclass('ml_training_migrations') IS NOT NULL AS migrated`,
      answerMs,
      'SELECT',
    );
    const with_ = server.timescale === null ? 'without TimescaleDB' : `with TimescaleDB ${server.timescale}`;
    const found = [fine('postgresql', `${server.version} ${with_} at ${redactUrl(config.DATABASE_URL)}`)];
    if (!server.migrated)
      return [...found, wrong('bars', 'the schema is not there yet', 'any service or ml command makes it')];
    const symbols = await listSymbols(sql);
    const few = symbols.filter((row) => row.bars < config.MIN_TRAINING_DATA_POINTS).map((row) => row.symbol);
    const detail = symbols.map((row) => `${row.symbol} ${row.bars}`).join(', ');
    if (symbols.length === 0)
      return [...found, wrong('bars', 'market_data is empty', 'npm run -s ml -- import FILE')];
    if (few.length > 0)
      return [
        ...found,
        wrong(
          'bars',
          detail,
          `${few.join(', ')}: fewer than MIN_TRAINING_DATA_POINTS (${config.MIN_TRAINING_DATA_POINTS}); import more`,
        ),
      ];
    return [...found, fine('bars', detail)];
  } catch (error) {
    return [
      wrong(
        'postgresql',
        `${redactUrl(config.DATABASE_URL)} (DATABASE_URL): ${errorFacts(error).error}`,
        startOne,
      ),
    ];
  } finally {
    await sql.end({ timeout: 1 });
  }
}
