import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { oldNamesIn, ownStrategyProblems, redactUrl, type Config } from '../config/index.ts';
import { connectDatabase, type Database } from '../database/connect.ts';
import { refreshStrategies } from '../database/strategies.ts';
import { pause, withDeadline } from '../deadline.ts';
import { FleetError } from '../errors.ts';
import { createLog, errorFacts, type Log } from '../log.ts';
import { connectRedis, type Redis } from '../redis/connect.ts';
import { beat, beatEverySeconds, lastBeat, type Role } from './beat.ts';
import { connected } from './connected.ts';
import { serveHealth } from './health.ts';
import { commonMetrics } from './common-metrics.ts';
import { createOwnMetrics, type OwnMetrics } from './own-metrics.ts';
import { connectProbe, inWords, troubles } from './trouble.ts';
import { throttledWarning } from './throttled-warning.ts';
import { EXIT_CONFIG, saySettings, settingsOrExit } from './settings.ts';

export interface ServiceContext {
  readonly config: Config;
  readonly log: Log;
  readonly sql: Database;
  readonly redis: Redis;
  /** New at each start. */
  readonly instance: string;
  /** Aborted when the service is asked to stop. */
  readonly stopping: AbortSignal;
  /** Stops this service as a signal does: for one that has nothing left to do. */
  readonly leave: (why: string) => void;
  /** What this process tells Prometheus of itself; the role adds its own. */
  readonly metrics: OwnMetrics;
}

/** What it takes to find out which strategies there are. */
export type StrategyContext = Pick<ServiceContext, 'config' | 'log' | 'sql' | 'stopping'>;

interface Needs {
  /** False for a role that tells of servers which can't be used: it works without waiting for them. */
  readonly needsDatabase?: boolean;
  /**
   * Of a role that goes by the strategies which settings name: they must be there when it starts. What it does
   * before, to find those of STRATEGIES_DIR; true: nothing.
   */
  readonly namesStrategies?: true | ((context: StrategyContext) => Promise<unknown>);
}

/** Exit code of a failure that can't be handled. */
const EXIT_FAILURE = 1;
/** A stop that takes longer is cut off: compose kills after 10 s. */
const stopMs = 9000;
/** A role that tells of servers that can't be used waits no longer for them. */
const patienceMs = 5000;
/** A stop waits this long for a server to hear what it can also find out by itself. */
const lastWordMs = 1000;

/**
 * The life of every service: settings, log, health, connections, migrations, then `work` until a signal asks
 * to stop. `work` returns once `context.stopping` is aborted and everything under way is settled.
 */
export async function runService(
  role: Role,
  work: (context: ServiceContext) => Promise<void>,
  { needsDatabase = true, namesStrategies }: Needs = {},
): Promise<void> {
  const config = await settingsOrExit(role);
  const instance = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const log = createLog(config, role, instance);
  const stop = new AbortController();
  stop.signal.addEventListener('abort', () => {
    setTimeout(() => {
      log.error('could not stop in time', { seconds: stopMs / 1000 });
      process.exit(EXIT_FAILURE);
    }, stopMs).unref();
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const before = process.listeners(signal);
    process.on(signal, () => {
      log.info('asked to stop', { signal });
      stop.abort();
    });
    // Those of `launch`, and only now: without any listener, a signal that came meanwhile would be lost.
    for (const listener of before) process.off(signal, listener);
  }
  // Node's own report would show the whole error: ioredis's carry the command, and so a password.
  for (const event of ['unhandledRejection', 'uncaughtException'] as const)
    process.on(event, (error: unknown) => {
      // A log that has ended throws, and the process would end of that.
      if (!log.writableEnded) log.error('a failure nobody handled, stopping', errorFacts(error));
      process.exitCode = EXIT_FAILURE;
      stop.abort();
    });

  const sql = connectDatabase(config.DATABASE_URL, { applicationName: `${role} ${instance}`, bars: config });
  let redisFailure: unknown;
  const warn = throttledWarning(log, 'Redis is away');
  const redis = connectRedis(config.REDIS_URL, {
    name: `${role} ${instance}`,
    onError: (error) => {
      redisFailure = error;
      warn(error);
    },
  });
  const probe = connectProbe(config.DATABASE_URL, `${role} ${instance}`);
  let started = false;
  let waitingFor = 'starting';
  const look = shared(() => troubles(probe, redis, role));
  const metrics = createOwnMetrics();
  const noteBeat = commonMetrics(metrics, { role, redis, look, started: () => started });
  const notReady = async (): Promise<string | null> =>
    started ? (await look()).map(inWords).join('; ') || null : waitingFor;
  const health = await serveHealth(config.HEALTH_PORT, notReady, metrics).catch((error: unknown) => {
    log.error('HEALTH_PORT can not be listened on', { port: config.HEALTH_PORT, ...errorFacts(error) });
    process.exit(EXIT_FAILURE);
  });
  log.info('starting', {
    redis: redactUrl(config.REDIS_URL),
    database: redactUrl(config.DATABASE_URL),
    health_port: health.port,
  });
  const renamed = oldNamesIn(config);
  if (renamed.length > 0)
    log.warn('TRAINING_PARAMS calls settings by old names, which are still accepted', { renamed });
  const beats = new AbortController();
  try {
    const unfit = Promise.withResolvers<void>();
    const ready = connected({
      role,
      sql,
      redis,
      redisUrl: config.REDIS_URL,
      log,
      stopping: stop.signal,
      redisFailure: () => redisFailure,
      onReason: (reason) => {
        waitingFor = reason;
        unfit.resolve();
      },
    });
    if (needsDatabase) await ready;
    else {
      ready.catch(() => undefined);
      await Promise.race([ready, unfit.promise, sleep(patienceMs, undefined, { signal: stop.signal })]);
    }
    if (namesStrategies !== undefined)
      await requireStrategies(namesStrategies, { config, log, sql, stopping: stop.signal });
    const beating = keepBeating(redis, role, instance, log, beats.signal, noteBeat);
    started = true;
    log.info('ready', { seconds: Math.round(process.uptime() * 1000) / 1000 });
    const leave = (why: string): void => {
      log.info('stopping by itself', { why });
      stop.abort();
    };
    await work({ config, log, sql, redis, instance, stopping: stop.signal, leave, metrics });
    beats.abort();
    await Promise.all([
      beating,
      withDeadline(lastBeat(redis, role, instance), lastWordMs, 'the last beat').catch(() => undefined),
    ]);
  } catch (error) {
    if (!stop.signal.aborted) {
      const wrong = error instanceof FleetError && error.code === 'CONFIG_INVALID';
      if (wrong) await saySettings(redis, role, error.message);
      else log.error('failed', errorFacts(error));
      process.exitCode = wrong ? EXIT_CONFIG : EXIT_FAILURE;
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

/** @throws FleetError CONFIG_INVALID where settings name strategies that there are not */
async function requireStrategies(
  find: true | ((context: StrategyContext) => Promise<unknown>),
  context: StrategyContext,
): Promise<void> {
  const { config, sql } = context;
  if (find !== true) await find(context);
  await refreshStrategies(sql);
  const problems = ownStrategyProblems(config);
  if (problems.length > 0) throw new FleetError('CONFIG_INVALID', problems.join('\n'));
}

async function keepBeating(
  redis: Redis,
  role: Role,
  instance: string,
  log: Log,
  stopped: AbortSignal,
  onBeat: () => void,
): Promise<void> {
  const warn = throttledWarning(log, 'could not beat');
  while (!stopped.aborted) {
    await withDeadline(beat(redis, role, instance), beatEverySeconds * 1000, 'a beat', stopped).then(
      onBeat,
      (error: unknown) => {
        if (!stopped.aborted) warn(error);
      },
    );
    await pause(beatEverySeconds * 1000, stopped);
  }
}

/** Who asks while an answer is under way gets that one. */
function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let under: Promise<T> | null = null;
  return () => {
    under ??= ask().finally(() => {
      under = null;
    });
    return under;
  };
}
