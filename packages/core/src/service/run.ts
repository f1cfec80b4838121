import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig, redactUrl, type Config } from '../config/index.ts';
import { connectDatabase, type Database } from '../database/connect.ts';
import { migrate } from '../database/migrate.ts';
import { withDeadline } from '../deadline.ts';
import { FleetError } from '../errors.ts';
import { createLog, errorFacts, type Log } from '../log.ts';
import { connectRedis, redisReady, type Redis } from '../redis/connect.ts';
import { beat, beatEverySeconds, lastBeat, type Role } from './beat.ts';
import { serveHealth } from './health.ts';
import { connectProbe, inWords, troubles } from './trouble.ts';

export interface ServiceContext {
  readonly config: Config;
  readonly log: Log;
  readonly sql: Database;
  readonly redis: Redis;
  /** New at each start. */
  readonly instance: string;
  /** Aborted when the service is asked to stop. */
  readonly stopping: AbortSignal;
}

/** Exit codes: wrong settings, and a failure that can't be handled. */
const EXIT_CONFIG = 2;
const EXIT_FAILURE = 1;
/** A stop that takes longer is cut off: compose kills after 10 s. */
const stopMs = 9000;
/** A stop waits this long for a server to hear what it can also find out by itself. */
const lastWordMs = 1000;

/**
 * The life of every service: settings, log, health, connections, migrations, then `work` until a signal asks to stop.
 * `work` returns once `context.stopping` is aborted and everything under way is settled.
 */
export async function runService(
  role: Role,
  work: (context: ServiceContext) => Promise<void>,
): Promise<void> {
  const config = configOrExit();
  const instance = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const log = createLog(config, role, instance);
  const stop = new AbortController();
  stop.signal.addEventListener('abort', () => {
    setTimeout(() => {
      log.error('could not stop in time', { seconds: stopMs / 1000 });
      process.exit(EXIT_FAILURE);
    }, stopMs).unref();
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      log.info('asked to stop', { signal });
      stop.abort();
    });
  // Node's own report would show the whole error: ioredis's carry the command, and so a password.
  for (const event of ['unhandledRejection', 'uncaughtException'] as const)
    process.on(event, (error: unknown) => {
      log.error('a failure nobody handled, stopping', errorFacts(error));
      process.exitCode = EXIT_FAILURE;
      stop.abort();
    });

  const sql = connectDatabase(config.DATABASE_URL, { applicationName: `${role} ${instance}` });
  const redis = connectRedis(config.REDIS_URL, {
    name: `${role} ${instance}`,
    onError: onceAMinute(log, 'Redis is away'),
  });
  const probe = connectProbe(config.DATABASE_URL, `${role} ${instance}`);
  let started = false;
  const health = await serveHealth(config.HEALTH_PORT, async () => {
    if (!started) return 'starting';
    return (await troubles(probe, redis, role)).map(inWords).join('; ') || null;
  }).catch((error: unknown) => {
    log.error('HEALTH_PORT can not be listened on', { port: config.HEALTH_PORT, ...errorFacts(error) });
    process.exit(EXIT_FAILURE);
  });
  log.info('starting', {
    redis: redactUrl(config.REDIS_URL),
    database: redactUrl(config.DATABASE_URL),
    health_port: health.port,
  });
  const beats = new AbortController();
  try {
    await connected(sql, redis, log, stop.signal);
    const beating = keepBeating(redis, role, instance, log, beats.signal);
    started = true;
    log.info('ready', { seconds: Math.round(process.uptime() * 1000) / 1000 });
    await work({ config, log, sql, redis, instance, stopping: stop.signal });
    beats.abort();
    await Promise.all([
      beating,
      withDeadline(lastBeat(redis, role, instance), lastWordMs, 'the last beat').catch(() => undefined),
    ]);
  } catch (error) {
    if (!stop.signal.aborted) {
      log.error('failed', errorFacts(error));
      process.exitCode = EXIT_FAILURE;
    }
  }
  health.close();
  redis.disconnect();
  await Promise.all([sql.end({ timeout: 1 }), probe.end({ timeout: 0 })]);
  log.info('stopped');
  // Whatever a library left open must not keep a stopped service alive; the log's last line is out by then.
  log.on('finish', () => setImmediate(() => process.exit()));
  log.end();
}

function configOrExit(): Config {
  try {
    return loadConfig();
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    process.stderr.write(`Wrong settings:\n${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
}

/** Waits for both servers and brings the schema up to date. */
async function connected(sql: Database, redis: Redis, log: Log, stopping: AbortSignal): Promise<void> {
  const complain = onceAMinute(log, 'waiting for Redis and PostgreSQL');
  for (;;) {
    try {
      await redisReady(redis, 5000, stopping);
      const applied = await withDeadline(migrate(sql), 60_000, 'migrating the database', stopping);
      if (applied.length > 0) log.info('migrated', { applied });
      return;
    } catch (error) {
      stopping.throwIfAborted();
      complain(error);
      await sleep(500, undefined, { signal: stopping });
    }
  }
}

async function keepBeating(
  redis: Redis,
  role: Role,
  instance: string,
  log: Log,
  stopped: AbortSignal,
): Promise<void> {
  const complain = onceAMinute(log, 'could not beat');
  while (!stopped.aborted) {
    await withDeadline(beat(redis, role, instance), beatEverySeconds * 1000, 'a beat', stopped).catch(
      (error: unknown) => {
        if (!stopped.aborted) complain(error);
      },
    );
    await sleep(beatEverySeconds * 1000, undefined, { signal: stopped }).catch(() => undefined);
  }
}

/** Logs the first of many like failures, and then one a minute. */
export function onceAMinute(log: Log, message: string): (error: unknown) => void {
  let last = -Infinity;
  return (error) => {
    if (performance.now() - last < 60_000) return;
    last = performance.now();
    log.warn(message, { error: errorFacts(error).error });
  };
}
