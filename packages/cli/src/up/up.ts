import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '@ml-training/embedded';
import {
  barsIn,
  environmentOf,
  importBars,
  listSymbols,
  loadConfig,
  requestRun,
  type Database,
} from '@ml-training/core';
import { recordOwn } from '../own-strategies.ts';
import { sayOfRun } from '../commands/train.ts';
import { followJobs } from '../follow.ts';
import { showLive } from '../live/live.ts';
import { print } from '../output.ts';
import { inRoot, runtimeDir } from '../paths.ts';
import { withServers } from '../servers.ts';
import { givenEnvironment, namedServers } from '../settings.ts';
import { claimCheckout, noteServers, releaseCheckout } from './claim.ts';
import { startFleet } from './fleet.ts';
import { startLocalServers, type LocalServers } from './servers.ts';
import { summary } from './summary.ts';

/** Servers, schema, sample bars, the fleet, one training run of everything; then a live view until Ctrl-C. */
export async function up(options: { once?: true; watch?: true }): Promise<void> {
  const config = loadConfig(givenEnvironment());
  const asked = new AbortController();
  // SIGHUP: the terminal was closed.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => asked.abort());

  claimCheckout();
  let servers: LocalServers | undefined;
  try {
    const local = await startLocalServers(print, { given: namedServers(config) });
    servers = local;
    const { REDIS_URL, DATABASE_URL } = local;
    mkdirSync(config.MODEL_DIR, { recursive: true });
    noteServers({ REDIS_URL, DATABASE_URL });
    await withServers(async (connections) => {
      await importSampleBars(connections.sql);
      const METRICS_PORT = String(await freePort(config.METRICS_PORT));
      const HTTP_PORT = String(await freePort(config.HTTP_PORT));
      const trainers = config.MAX_CONCURRENT_TRAINING_JOBS;
      const fleet = startFleet({
        environment: {
          ...environmentOf(config),
          REDIS_URL,
          DATABASE_URL,
          HEALTH_PORT: '0',
          METRICS_PORT,
          HTTP_PORT,
        },
        trainers,
        watch: options.watch === true,
        logDir: path.join(runtimeDir, 'logs'),
      });
      print(
        `Fleet: scheduler, heartbeat, metrics (http://localhost:${METRICS_PORT}/metrics), ${trainers} trainer${trainers === 1 ? '' : 's'}; logs in .runtime/logs/`,
      );
      print(`Page: http://localhost:${HTTP_PORT}`);
      const stopping = AbortSignal.any([asked.signal, fleet.broken, local.broken]);
      try {
        await trainOnce(connections, stopping);
        if (options.once !== true)
          await showLive(connections, stopping, { keys: `http://localhost:${HTTP_PORT} | Ctrl-C stops it` });
      } catch (error) {
        if (!stopping.aborted) throw error;
        if (options.once === true) process.exitCode = 1;
      } finally {
        print('Stopping.');
        await fleet.stop();
      }
      for (const broken of [local.broken, fleet.broken]) broken.throwIfAborted();
    });
  } finally {
    await servers?.stop();
    releaseCheckout();
  }
}

type Connections = Parameters<Parameters<typeof withServers>[0]>[0];

/** Asks for a run, shows its progress, prints what came of it; a failed job makes the exit code 1. */
async function trainOnce(connections: Connections, stopping: AbortSignal): Promise<void> {
  const began = performance.now();
  await recordOwn(connections);
  const run = await requestRun(connections);
  sayOfRun(run);
  const jobs = await followJobs(connections.sql, run.runId, stopping);
  print(`\n${await summary(connections.sql, run.runId)}`);
  print(
    `${jobs.length} job${jobs.length === 1 ? '' : 's'} in ${Math.round((performance.now() - began) / 100) / 10} s`,
  );
  if (jobs.length === 0 || jobs.some((job) => job.status !== 'completed')) process.exitCode = 1;
}

/**
 * Gives a market_data that has none but sample symbols those
 * that are missing, so that there is something to train on.
 */
async function importSampleBars(sql: Database): Promise<void> {
  // Bars of the user's own are read where they are; nothing is written there.
  if ((await barsIn(sql)).foreign !== null) return;
  const folder = inRoot('infra/sample-data');
  const samples = readdirSync(folder).filter((name) => name.endsWith('.csv'));
  const present = (await listSymbols(sql, { upTo: 1 })).map(({ symbol }) => `${symbol}.csv`);
  if (present.some((name) => !samples.includes(name))) return;
  for (const name of samples.filter((sample) => !present.includes(sample))) {
    const { inserted, symbols } = await importBars(sql, `${folder}/${name}`, {});
    print(`Imported ${inserted} bars of ${symbols.join(', ')} from infra/sample-data/${name}`);
  }
}
