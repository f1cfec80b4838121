import { accessSync, constants, existsSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  connectDatabase,
  databaseTrouble,
  errorFacts,
  listSymbols,
  redactUrl,
  redisTrouble,
  withDeadline,
  type Config,
  type Database,
} from '@ml-training/core';
import { print, printJson } from '../output.ts';
import { inRoot } from '../paths.ts';
import { openRedis } from '../servers.ts';
import { commandConfig, localFleet } from '../settings.ts';

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do about it; empty when it is all right. */
  readonly advice: string;
  /** Of a runtime's library; too long for people. */
  readonly path?: string;
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
  else for (const finding of findings) print(lines(finding));
  if (findings.some((finding) => !finding.ok)) process.exitCode = 1;
}

/** What was found, and below it what to do. */
function lines({ ok, check, detail, advice }: Finding): string {
  const indent = ' '.repeat(16);
  const found = `${ok ? 'ok' : '!!'}  ${check.padEnd(indent.length - 6)}  ${detail}`.replaceAll(
    '\n',
    `\n${indent}`,
  );
  return advice === '' ? found : `${found}\n${indent}→ ${advice}`;
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
      ? { ...fine(runtime.runtime, runtime.version ?? 'loads'), path: runtime.path ?? '' }
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
    const sources = [
      'environment',
      ...(existsSync(inRoot('.env')) ? ['.env'] : []),
      ...(fleet === null ? [] : [`the fleet of process ${fleet.pid}`]),
    ];
    findings.push(fine('settings', sources.join(', ')));
    return config;
  } catch (error) {
    findings.push(
      wrong(
        'settings',
        errorFacts(error).error,
        'correct it in .env or the environment; without settings the rest is not looked at',
      ),
    );
    return null;
  }
}

function modelFolder(config: Config): Finding {
  const folder = path.resolve(config.MODEL_DIR);
  if (existsSync(folder) && !statSync(folder).isDirectory())
    return wrong('MODEL_DIR', `${folder} is no folder`, 'point MODEL_DIR to a folder');
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
  const where = redactUrl(config.REDIS_URL);
  try {
    const connection = await openRedis(config.REDIS_URL, 'ml doctor');
    try {
      const info = await withDeadline(connection.info('server'), answerMs, 'INFO');
      const version = /(?:valkey|redis)_version:(\S+)/.exec(info)?.[1] ?? 'unknown version';
      const found = `${version} at ${where}`;
      const trouble = await redisTrouble(connection, 'doctor');
      return trouble === null
        ? fine('redis', found)
        : wrong('redis', `${found} (REDIS_URL): ${trouble.what}`, trouble.more);
    } finally {
      connection.disconnect();
    }
  } catch (error) {
    return wrong('redis', `${where} (REDIS_URL): ${errorFacts(error).error}`, startOne);
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
    const timescale =
      server.timescale === null ? 'without TimescaleDB' : `with TimescaleDB ${server.timescale}`;
    const where = `${server.version} ${timescale} at ${redactUrl(config.DATABASE_URL)}`;
    const trouble = server.migrated ? await databaseTrouble(sql, 'doctor') : null;
    const found = [
      trouble === null
        ? fine('postgresql', where)
        : wrong('postgresql', `${where} (DATABASE_URL): ${trouble.what}`, trouble.more),
    ];
    if (!server.migrated)
      return [...found, wrong('bars', 'the schema is not there yet', 'any service or ml command makes it')];
    const { symbols, detail } = await barsThereAre(sql, config);
    const few = symbols.filter((row) => row.bars < config.MIN_TRAINING_DATA_POINTS).map((row) => row.symbol);
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

/** Counted to the end where there are few; at millions of bars that would take seconds. */
const barsCounted = 200_000;
const symbolsNamed = 20;

async function barsThereAre(sql: Database, config: Config) {
  const names = await listSymbols(sql, { upTo: 1 });
  const upTo = Math.max(config.MIN_TRAINING_DATA_POINTS, Math.floor(barsCounted / Math.max(1, names.length)));
  const symbols = await listSymbols(sql, { upTo });
  const named = symbols
    .slice(0, symbolsNamed)
    .map(({ symbol, bars }) => `${symbol} ${bars}${bars === upTo ? ' or more' : ''}`);
  const others = symbols.length - named.length;
  return { symbols, detail: [...named, ...(others > 0 ? [`${others} other symbols`] : [])].join(', ') };
}
