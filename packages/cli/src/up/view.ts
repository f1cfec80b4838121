import { setTimeout as sleep } from 'node:timers/promises';
import { liveInstances, queueLength, roles, type Database, type Job, type Redis } from '@ml-training/core';
import { fixed, table, when } from '../output.ts';

const everyMs = 1000;
const jobsShown = 10;

interface ActiveModel {
  readonly strategy_type: string;
  readonly symbol: string;
  readonly created_at: Date;
  readonly accuracy: number | null;
  readonly baseline: number | null;
  readonly file_path: string;
}

/** Queue, jobs and models, redrawn every second on a terminal; elsewhere a line whenever the counts change. */
export async function showLive(sql: Database, redis: Redis, stopping: AbortSignal): Promise<void> {
  const out = process.stdout;
  let last = '';
  // The terminal's other screen: what was printed before is there again afterwards.
  if (out.isTTY) out.write('\x1b[?1049h');
  while (!stopping.aborted) {
    try {
      const state = await look(sql, redis);
      if (out.isTTY) out.write(`\x1b[H\x1b[2J${screen(state)}\n`);
      else if (headline(state) !== last) out.write(`${headline(state)}\n`);
      last = headline(state);
    } catch (error) {
      out.write(`can not look at the fleet now: ${error instanceof Error ? error.message : String(error)}\n`);
    }
    await sleep(everyMs, undefined, { signal: stopping }).catch(() => undefined);
  }
  if (out.isTTY) out.write('\x1b[?1049l');
}

async function look(sql: Database, redis: Redis) {
  const [length, beats, jobs, counts, models] = await Promise.all([
    queueLength(redis),
    liveInstances(redis),
    sql<Job[]>`
      SELECT * FROM ml_training_jobs
      ORDER BY status = 'running' DESC, status = 'queued' DESC, created_at DESC, strategy_type, symbol LIMIT ${jobsShown}`,
    sql<
      { status: string; count: number }[]
    >`SELECT status, count(*)::int FROM ml_training_jobs GROUP BY status ORDER BY status`,
    sql<ActiveModel[]>`
      SELECT strategy_type, symbol, created_at, file_path, (metrics ->> 'accuracy')::float8 AS accuracy,
             (metrics #>> '{baselines,majority_class,accuracy}')::float8 AS baseline
      FROM ml_model_registry WHERE is_active ORDER BY strategy_type, symbol`,
  ]);
  return { length, beats, jobs, counts, models };
}

type State = Awaited<ReturnType<typeof look>>;

function headline({ length, beats, counts, models }: State): string {
  const fleet = roles
    .map((role) => `${beats.filter((beat) => beat.role === role).length} ${role}`)
    .join(', ');
  const jobs = counts.map(({ status, count }) => `${count} ${status}`).join(', ') || 'none';
  return `queue ${length} | jobs: ${jobs} | active models: ${models.length} | up: ${fleet}`;
}

function screen(state: State): string {
  return [
    `ML training fleet   ${when(new Date())} UTC   Ctrl-C stops it`,
    headline(state),
    '',
    table(
      ['strategy', 'symbol', 'status', 'progress', 'created', 'note'],
      state.jobs.map((job) => [
        job.strategy_type,
        job.symbol,
        job.status,
        job.status === 'running' ? bar(job.progress) : '',
        when(job.created_at),
        (job.status === 'running' ? (job.stage ?? '') : (job.error_message ?? '')).slice(0, 60),
      ]),
    ),
    '',
    table(
      ['active model', 'symbol', 'accuracy', 'baseline', 'since', 'file'],
      state.models.map((model) => [
        model.strategy_type,
        model.symbol,
        fixed(model.accuracy),
        fixed(model.baseline),
        when(model.created_at),
        model.file_path,
      ]),
    ),
    '',
    'In another terminal:  npm run -s ml -- jobs   |   npm run -s ml -- models --decisions   |   npm run -s ml -- train lstm GOOG',
  ].join('\n');
}

function bar(fraction: number): string {
  const full = Math.round(fraction * 20);
  return `${'█'.repeat(full)}${'░'.repeat(20 - full)} ${Math.round(100 * fraction)} %`;
}
