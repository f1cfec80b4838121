import {
  estimateQueue,
  lastBeats,
  leftOutSymbols,
  liveInstances,
  longestPeriodSeconds,
  nextTick,
  queueLength,
  readWebhookTotals,
  roles,
  scheduleOf,
  skippedWishes,
  strategyTypes,
  type Database,
  type ServiceContext,
} from '@ml-training/core';
import { Counter, Gauge, Registry } from 'prom-client';
import manifest from '../package.json' with { type: 'json' };
import { newestBarAges } from './bars.ts';
import { readFacts, type Facts } from './facts.ts';
import { histogramOf } from './histogram.ts';
import { leadOf } from './lead.ts';
import { readWatched } from './watched.ts';

export interface Exporter {
  readonly contentType: string;
  /** Reads everything and writes it as Prometheus text. @throws Error when a server does not answer */
  readonly render: (sql: Database) => Promise<string>;
}

/** The fleet's metrics by their names. */
export function createExporter({ config, redis }: ServiceContext): Exporter {
  const registry = new Registry();
  const registers = [registry];
  let facts: Facts | null = null;

  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name: `ml_training_${name}`, help, labelNames, registers });
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `ml_training_${name}`, help, labelNames, registers });
  const histogram = (name: string, help: string, of: 'wait' | 'duration' | 'stages'): void =>
    registry.registerMetric(histogramOf(`ml_training_${name}`, help, () => facts?.[of] ?? []));

  const jobs = gauge('jobs', 'Jobs by status', 'status');
  const length = gauge('queue_length', 'Entries in ml_training_queue');
  const oldest = gauge('queue_oldest_timestamp_seconds', 'When the oldest queued job was made');
  const finished = counter('jobs_finished_total', 'Jobs that ended', 'strategy_type', 'outcome');
  const recovered = counter('jobs_recovered_total', 'What the reconciler put right', 'reason');
  const active = gauge('active_models', 'Models in use', 'strategy_type');
  const accuracy = gauge('model_accuracy', 'Holdout accuracy of the model in use', 'strategy_type', 'symbol');
  const rankIc = gauge(
    'model_rank_ic',
    'Holdout rank IC of the model in use, where it is a regression',
    'strategy_type',
    'symbol',
  );
  const earned = gauge(
    'model_return',
    'Holdout return after costs, as a share, of the model in use, where it learns what to hold',
    'strategy_type',
    'symbol',
  );
  const age = gauge('model_age_seconds', 'Age of the model in use', 'strategy_type', 'symbol');
  const lastRun = gauge('last_run_timestamp_seconds', 'When the last training run was requested');
  const nextRun = gauge('next_run_timestamp_seconds', 'When the next scheduled run is due');
  const beat = gauge(
    'heartbeat_timestamp_seconds',
    'Newest beat of a role, also when all of it are gone',
    'role',
  );
  const leftOut = gauge('left_out_symbols', 'Symbols that the last training left out', 'strategy_type');
  const barAge = gauge(
    'newest_bar_age_seconds',
    'Age of the newest bar of a symbol with a model in use',
    'symbol',
  );
  const unmet = counter(
    'wishes_skipped_total',
    'Wishes of bots not trained for want of a new bar',
    'strategy_type',
  );
  const unposted = gauge('webhooks_pending', 'Webhooks that are not taken yet');
  const posts = counter('webhooks_delivered_total', 'Webhooks that were taken');
  const failedPosts = counter('webhooks_failed_total', 'Posts of webhooks that were not taken, each try');
  const givenUp = counter('webhooks_given_up_total', 'Webhooks that were given up');
  const instances = gauge('instances', 'Processes of a role that beat now', 'role');
  const wanted = gauge(
    'trainers_wanted',
    'MAX_CONCURRENT_TRAINING_JOBS: so many trainers can work at a time; with TRAINER_IDLE_SECONDS, no more ' +
      'than there are jobs',
  );
  const period = gauge('schedule_period_seconds', 'The longest time between two ticks of the schedule');
  const since = gauge('schedule_since_timestamp_seconds', 'Since when schedulers go by this schedule');
  const expectedEnd = gauge(
    'expected_end_timestamp_seconds',
    'When all that waits and runs is done at the earliest, by the last trainings',
  );
  const expectedSeconds = gauge(
    'expected_job_seconds',
    'Median time of the last trainings, by which runs are planned',
    'strategy_type',
  );
  const runTooLong = gauge(
    'run_too_long',
    '1 when the last scheduled run had not the time for all of its pairs before the next one',
  );
  const runLeftOut = gauge(
    'run_left_out_pairs',
    'Pairs that the last scheduled run left to the next one for want of time',
  );
  const lastSuccess = gauge(
    'last_successful_run_timestamp_seconds',
    'When the newest run ended that completed a job, or had nothing to train',
  );
  const failures = gauge(
    'pair_failures',
    'Jobs of a pair that failed since one was completed',
    'strategy_type',
    'symbol',
  );
  const lead = gauge(
    'model_lead',
    'Score of the model in use less that of the base rate, of the training mean, or of never trading; its 95 % interval',
    'strategy_type',
    'symbol',
    'bound',
  );
  const overBest = gauge(
    'model_lead_over_best_rule',
    'Score of the model in use less that of the best naive rule',
    'strategy_type',
    'symbol',
  );
  const liveScore = gauge(
    'model_live_score',
    'Score of the model in use on the bars since its training: log loss, RMSE or return',
    'strategy_type',
    'symbol',
  );
  const liveRows = gauge(
    'model_live_rows',
    'Bars since the training of the model in use that it was scored on',
    'strategy_type',
    'symbol',
  );
  const belowFloor = gauge(
    'model_below_floor',
    '1 when the model in use is worse than the naive rule on those bars, beyond noise',
    'strategy_type',
    'symbol',
  );
  gauge('build_info', 'Version of the fleet', 'version').set({ version: manifest.version }, 1);
  histogram('job_wait_seconds', 'Time from a job made to its last start', 'wait');
  histogram('job_duration_seconds', 'Time of the last attempt of ended jobs', 'duration');
  histogram('job_stage_seconds', 'Time of each stage of completed jobs', 'stages');

  const schedule = scheduleOf(config);
  const periodNow = onceAnHour(() => longestPeriodSeconds(schedule, new Date()));
  const collect = async (sql: Database): Promise<void> => {
    const every = periodNow();
    const [found, estimate, waiting, beats, lastSeen, skipped, omitted, webhooks, watched] =
      await Promise.all([
        readFacts(sql),
        estimateQueue({ config, sql, redis }, schedule, new Date()),
        queueLength(redis),
        liveInstances(redis),
        lastBeats(redis),
        skippedWishes(redis),
        leftOutSymbols(sql),
        readWebhookTotals(sql),
        readWatched(sql, schedule, every),
      ]);
    const ages = await newestBarAges(sql, [...new Set(found.models.map(({ symbol }) => symbol))]);
    facts = found;
    for (const metric of [
      finished,
      recovered,
      active,
      accuracy,
      rankIc,
      earned,
      age,
      beat,
      leftOut,
      barAge,
      unmet,
    ])
      metric.reset();
    for (const metric of [posts, failedPosts, givenUp, failures, lead, overBest]) metric.reset();
    for (const metric of [liveScore, liveRows, belowFloor, expectedSeconds]) metric.reset();
    for (const { status, count } of found.jobs) jobs.set({ status }, count);
    length.set(waiting);
    setTime(oldest, found.oldestQueued);
    for (const { count, ...labels } of found.finished) finished.inc(labels, count);
    for (const { count, ...labels } of found.recovered) recovered.inc(labels, count);
    for (const strategy_type of strategyTypes()) active.set({ strategy_type }, 0);
    for (const { strategy_type, symbol, ...model } of found.models) {
      active.inc({ strategy_type });
      if (model.accuracy !== null) accuracy.set({ strategy_type, symbol }, model.accuracy);
      if (model.rank_ic !== null) rankIc.set({ strategy_type, symbol }, model.rank_ic);
      if (model.earned !== null) earned.set({ strategy_type, symbol }, model.earned);
      age.set({ strategy_type, symbol }, model.age_seconds);
      const { bounds, overBest: difference } = leadOf(model);
      for (const [bound, value] of Object.entries(bounds)) lead.set({ strategy_type, symbol, bound }, value);
      if (difference !== null) overBest.set({ strategy_type, symbol }, difference);
      if (model.live_rows !== null) liveRows.set({ strategy_type, symbol }, model.live_rows);
      if (model.live_score !== null) liveScore.set({ strategy_type, symbol }, model.live_score);
      if (model.live_verdict !== null)
        belowFloor.set({ strategy_type, symbol }, model.live_verdict === 'below' ? 1 : 0);
    }
    const running = found.jobs.find(({ status }) => status === 'running')?.count ?? 0;
    const work = config.TRAINER_IDLE_SECONDS > 0 ? waiting + running : Infinity;
    wanted.set(Math.min(config.MAX_CONCURRENT_TRAINING_JOBS, work));
    setTime(period, every);
    setTime(since, watched.scheduleSince);
    setTime(expectedEnd, seconds(estimate.ends_at));
    for (const [strategy_type, median] of estimate.seconds) expectedSeconds.set({ strategy_type }, median);
    const { lastScheduled } = watched;
    setTime(runTooLong, lastScheduled === null ? null : Number(lastScheduled.tooLong));
    setTime(runLeftOut, lastScheduled?.leftOut ?? null);
    setTime(lastSuccess, watched.lastSuccess);
    for (const { failures: count, ...pair } of watched.failures) failures.set(pair, count);
    setTime(lastRun, found.lastRun);
    setTime(nextRun, seconds(nextTick(schedule, new Date())));
    for (const role of roles) {
      const agesOfRole = beats.filter((one) => one.role === role).map((one) => one.age);
      const ago = Math.min(...agesOfRole, lastSeen.get(role) ?? Infinity);
      instances.set({ role }, agesOfRole.length);
      if (ago < Infinity) beat.set({ role }, Math.floor(Date.now() / 1000) - ago);
    }
    unposted.set(webhooks.pending);
    posts.inc(webhooks.delivered);
    failedPosts.inc(webhooks.failed_tries);
    givenUp.inc(webhooks.given_up);
    for (const [strategy_type, symbols] of omitted)
      leftOut.set({ strategy_type }, Object.keys(symbols).length);
    for (const { symbol, seconds: ago } of ages) barAge.set({ symbol }, ago);
    for (const strategy_type of strategyTypes())
      unmet.inc({ strategy_type }, skipped.get(strategy_type) ?? 0);
  };

  return {
    contentType: registry.contentType,
    render: async (sql) => {
      await collect(sql);
      return registry.metrics();
    },
  };
}

const seconds = (time: Date | null): number | null => (time === null ? null : time.getTime() / 1000);

/**
 * Without a time there is no sample: prom-client's 0 would be an hour in 1970, and set every alert on age
 * off.
 */
function setTime(gauge: Gauge, time: number | null): void {
  if (time === null) gauge.remove();
  else gauge.set(time);
}

/** What takes some tenths of a second and hardly changes. */
function onceAnHour<T>(ask: () => T): () => T {
  let last: { readonly at: number; readonly value: T } | null = null;
  return () => {
    if (last === null || performance.now() - last.at > 3_600_000)
      last = { at: performance.now(), value: ask() };
    return last.value;
  };
}
