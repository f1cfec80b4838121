import { liveInstances, queueLength, type ServiceContext } from '@ml-training/core';
import { Cron } from 'croner';
import { Counter, Gauge, Registry } from 'prom-client';
import { readFacts, type Facts } from './facts.ts';
import { histogramOf } from './histogram.ts';

const version = '0.1.0';

export interface Exporter {
  readonly contentType: string;
  /** Reads everything anew and writes it as Prometheus text. @throws Error when a server does not answer */
  render(): Promise<string>;
}

/** The fleet's metrics by their names. */
export function createExporter(context: ServiceContext): Exporter {
  const registry = new Registry();
  const registers = [registry];
  let facts: Facts | null = null;

  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name: `ml_training_${name}`, help, labelNames, registers });
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `ml_training_${name}`, help, labelNames, registers });

  const jobs = gauge('jobs', 'Jobs by status', 'status');
  const length = gauge('queue_length', 'Entries in ml_training_queue');
  const oldest = gauge('queue_oldest_timestamp_seconds', 'When the oldest queued job was made');
  const finished = counter('jobs_finished_total', 'Jobs that ended', 'strategy_type', 'outcome');
  const recovered = counter('jobs_recovered_total', 'What the reconciler put right', 'reason');
  const active = gauge('active_models', 'Models in use', 'strategy_type');
  const accuracy = gauge('model_accuracy', 'Holdout accuracy of the model in use', 'strategy_type', 'symbol');
  const age = gauge('model_age_seconds', 'Age of the model in use', 'strategy_type', 'symbol');
  const lastRun = gauge('last_run_timestamp_seconds', 'When the last training run was requested');
  const nextRun = gauge('next_run_timestamp_seconds', 'When the next scheduled run is due');
  const beat = gauge('heartbeat_timestamp_seconds', 'Newest beat of a role', 'role');
  gauge('build_info', 'Version of the fleet', 'version').set({ version }, 1);
  registry.registerMetric(
    histogramOf(
      'ml_training_job_wait_seconds',
      'Time from a job made to its last start',
      () => facts?.wait ?? [],
    ),
  );
  registry.registerMetric(
    histogramOf(
      'ml_training_job_duration_seconds',
      'Time of the last attempt of ended jobs',
      () => facts?.duration ?? [],
    ),
  );
  registry.registerMetric(
    histogramOf(
      'ml_training_job_stage_seconds',
      'Time of each stage of completed jobs',
      () => facts?.stages ?? [],
    ),
  );

  const cron = new Cron(context.config.TRAINING_CRON_SCHEDULE, {
    timezone: context.config.TRAINING_TIMEZONE,
    paused: true,
  });
  const collect = async (): Promise<void> => {
    const { sql, redis } = context;
    const [found, waiting, beats] = await Promise.all([
      readFacts(sql),
      queueLength(redis),
      liveInstances(redis),
    ]);
    facts = found;
    for (const metric of [oldest, finished, recovered, active, accuracy, age, lastRun, nextRun, beat])
      metric.reset();
    for (const { status, count } of found.jobs) jobs.set({ status }, count);
    length.set(waiting);
    if (found.oldestQueued !== null) oldest.set(found.oldestQueued);
    for (const { count, ...labels } of found.finished) finished.inc(labels, count);
    for (const { count, ...labels } of found.recovered) recovered.inc(labels, count);
    for (const { strategy_type, symbol, ...model } of found.models) {
      active.inc({ strategy_type });
      if (model.accuracy !== null) accuracy.set({ strategy_type, symbol }, model.accuracy);
      age.set({ strategy_type, symbol }, model.age_seconds);
    }
    if (found.lastRun !== null) lastRun.set(found.lastRun);
    const next = cron.nextRun();
    if (next !== null) nextRun.set(next.getTime() / 1000);
    for (const { role, age: seconds } of beats.toSorted((a, b) => b.age - a.age))
      beat.set({ role }, Math.floor(Date.now() / 1000) - seconds);
  };

  return {
    contentType: registry.contentType,
    render: async () => {
      await collect();
      return registry.metrics();
    },
  };
}
