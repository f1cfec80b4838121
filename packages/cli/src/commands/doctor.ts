import { accessSync, constants, existsSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  barsPlaceOf,
  checkBarTable,
  checkMarketData,
  checkModelStore,
  columnsInWords,
  connectDatabase,
  databaseTrouble,
  errorFacts,
  FleetError,
  keys,
  listSymbols,
  lookForPooler,
  newerThanFleet,
  oldNamesIn,
  redactUrl,
  redisTrouble,
  refusal,
  remedyOf,
  withDeadline,
  type Config,
  type Database,
} from '@ml-training/core';
import { print, printJson } from '../output.ts';
import { inRoot } from '../paths.ts';
import { openRedis } from '../servers.ts';
import { commandConfig, isNamed, localFleet } from '../settings.ts';
import { connectionsFinding } from './connections-finding.ts';
import { fine, wrong, type Finding } from './finding.ts';
import { fleetFinding } from './fleet-finding.ts';
import { receiverFinding } from './receiver-finding.ts';

const answerMs = 3000;
const noRight = "let the database's owner run GRANT CREATE, USAGE ON SCHEMA public TO this user";
const startOne =
  'run "npm start" here, or "docker compose --profile ml-training up -d", or point the variable to a running one';

/** Looks at everything a fleet needs on this machine; exit code 1 when something is not as it must be. */
export async function doctor(options: { json?: true }): Promise<void> {
  const findings: Finding[] = [nodeVersion(), ...(await runtimes())];
  const config = settings(findings);
  if (config !== null)
    findings.push(
      modelFolder(config),
      ...(await modelStore(config)),
      await strategies(config),
      ...(await redis(config)),
      ...(await database(config)),
      ...(await receiverFinding(config, answerMs)),
    );
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
  return advice === '' ? found : `${found}\n${indent}→ ${advice.replaceAll('\n', `\n${indent}  `)}`;
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
    const renamed = oldNamesIn(config).map(
      (one) => `\nTRAINING_PARAMS: ${one}; the old name is still accepted`,
    );
    findings.push(fine('settings', `${sources.join(', ')}${renamed.join('')}`));
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

/** Writes an object on condition that there is none, reads, lists and deletes it. */
async function modelStore(config: Config): Promise<Finding[]> {
  if (config.MODEL_STORE === '') return [];
  const place = `${config.MODEL_STORE} at ${config.AWS_ENDPOINT_URL_S3 || 'AWS'}`;
  try {
    await withDeadline(checkModelStore(config), 10 * answerMs, 'looking at MODEL_STORE');
    return [
      fine('MODEL_STORE', `${place}: takes, gives, lists and deletes; conditional writes are honoured`),
    ];
  } catch (error) {
    const [detail = '', ...advice] = errorFacts(error).error.split('; ');
    return [wrong('MODEL_STORE', detail, advice.join('; ') || 'see that the server answers')];
  }
}

/** Not at the top: it brings the strategies along. */
const strategies = async (config: Config): Promise<Finding> =>
  (await import('./strategies-finding.ts')).strategiesFinding(config, answerMs);

async function redis(config: Config): Promise<Finding[]> {
  const where = redactUrl(config.REDIS_URL);
  try {
    const connection = await openRedis(config.REDIS_URL, 'ml doctor');
    try {
      const info = await withDeadline(connection.info('server'), answerMs, 'INFO');
      const version = /(?:valkey|redis)_version:(\S+)/.exec(info)?.[1] ?? 'unknown version';
      const found = `${version} at ${where}`;
      const trouble = await redisTrouble(connection, 'doctor');
      const heartbeat = await withDeadline(connection.get(keys.heartbeat), answerMs, 'GET');
      return [
        trouble === null
          ? fine('redis', found)
          : wrong('redis', `${found} (REDIS_URL): ${trouble.what}`, trouble.more),
        fleetFinding(heartbeat, new Date()),
      ];
    } finally {
      connection.disconnect();
    }
  } catch (error) {
    const refused = refusal(error) === null ? null : 'correct REDIS_PASSWORD, or the password in REDIS_URL';
    const advice = refused ?? whereElse(error, 'REDIS') ?? (isUnfit(error) ? 'correct REDIS_URL' : startOne);
    return [wrong('redis', `${where} (REDIS_URL): ${errorFacts(error).error}`, advice)];
  }
}

async function database(config: Config): Promise<Finding[]> {
  const sql = connectDatabase(config.DATABASE_URL, { applicationName: 'ml doctor', max: 1, bars: config });
  try {
    const behind = await withDeadline(lookForPooler(sql), answerMs, 'SELECT');
    const [server] = await withDeadline(
      sql<[{ version: string; timescale: string | null; migrated: boolean; may_create: boolean | null }]>`
        SELECT current_setting('server_version') AS version,
               (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescale,
               to_regclass('ml_training_migrations') IS NOT NULL AS migrated,
               has_schema_privilege(current_schema(), 'CREATE') AS may_create`,
      answerMs,
      'SELECT',
    );
    const pooler = behind ? ', behind a pooler such as PgBouncer' : '';
    const timescale =
      server.timescale === null ? 'without TimescaleDB' : `with TimescaleDB ${server.timescale}`;
    const where = `${server.version} ${timescale}${pooler} at ${redactUrl(config.DATABASE_URL)}`;
    const trouble = server.migrated ? await databaseTrouble(sql, 'doctor') : null;
    const found = [
      trouble === null
        ? fine('postgresql', where)
        : wrong('postgresql', `${where} (DATABASE_URL): ${trouble.what}`, trouble.more),
    ];
    if (!behind) found.push(...(await connectionsFinding(sql, config, answerMs)));
    const misfits = await schema(sql);
    if (misfits.length > 0) return [...found, ...misfits];
    if (!server.migrated && server.may_create !== true)
      return [...found, wrong('bars', 'this user may make no tables here', noRight)];
    if (!server.migrated)
      return [...found, wrong('bars', 'the schema is not there yet', 'any service or ml command makes it')];
    found.push(...(await barTable(sql)));
    const { symbols, detail } = await barsThereAre(sql, config);
    const few = symbols.filter((row) => row.bars < config.MIN_TRAINING_DATA_POINTS).map((row) => row.symbol);
    const { name, get } = barsPlaceOf(sql);
    if (symbols.length === 0) return [...found, wrong('bars', `${name} is empty`, get('some'))];
    if (few.length > 0)
      return [
        ...found,
        wrong(
          'bars',
          detail,
          `${few.join(', ')}: fewer than MIN_TRAINING_DATA_POINTS (${config.MIN_TRAINING_DATA_POINTS}); ${get('more')}`,
        ),
      ];
    return [...found, fine('bars', detail)];
  } catch (error) {
    return [
      wrong(
        'postgresql',
        `${redactUrl(config.DATABASE_URL)} (DATABASE_URL): ${errorFacts(error).error}`,
        remedyOf(error) ??
          whereElse(error, 'POSTGRES') ??
          (isUnfit(error) ? 'do as it says; DATABASE_URL is read as psql reads it' : startOne),
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

/** Where bars are in a table of the user's: which column is what, a row of it, and what makes it slow. */
async function barTable(sql: Database): Promise<Finding[]> {
  const check = await withDeadline(checkBarTable(sql), 10 * answerMs, 'looking at MARKET_DATA_TABLE');
  if (check === null) return [];
  const { table, row, warnings } = check;
  const seen = row === null ? '' : `\na row: ${row.symbol} ${row.time.toISOString()} close ${row.close}`;
  const detail = `${table.kind} ${table.name}: ${columnsInWords(table)}${seen}`;
  return [{ ...fine('MARKET_DATA_TABLE', detail), advice: warnings.join('\n') }];
}

/** What is wrong with the schema as it is; nothing where all is well. */
async function schema(sql: Database): Promise<Finding[]> {
  try {
    await withDeadline(checkMarketData(sql), answerMs, 'looking at market_data');
    const newer = await withDeadline(newerThanFleet(sql), answerMs, 'looking at the migrations');
    if (newer === null) return [];
    const detail = `a newer fleet has set this database up (${newer} is unknown here)`;
    return [wrong('schema', detail, 'update this checkout and its images, or name another database')];
  } catch (error) {
    const [detail = '', ...advice] = errorFacts(error).error.split('. ');
    return [wrong('schema', detail, remedyOf(error) ?? advice.join('. '))];
  }
}

/** It says itself what to do. */
const isUnfit = (error: unknown): boolean =>
  error instanceof FleetError && (error.code === 'DATABASE_UNFIT' || error.code === 'REDIS_UNFIT');

/** Advice where nobody has said where a server is, and the default name is of the containers alone. */
function whereElse(error: unknown, server: 'REDIS' | 'POSTGRES'): string | null {
  if (isNamed(server) || !/ENOTFOUND|EAI_AGAIN/.test(errorFacts(error).error)) return null;
  return (
    `${startOne}. Of a fleet in containers: "docker compose exec trainer ml doctor", or, with its ports published ` +
    `(docs/operations.md, "Bots"), with REDIS_HOST=127.0.0.1 POSTGRES_HOST=127.0.0.1 before this command`
  );
}
