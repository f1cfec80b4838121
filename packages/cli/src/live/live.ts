import { setTimeout as sleep } from 'node:timers/promises';
import {
  errorFacts,
  inWords,
  liveInstances,
  nextTick,
  queueLength,
  readJobTotals,
  roles,
  scheduleOf,
  troubles,
  type Beat,
  type Config,
  type Database,
  type Job,
  type JobTotals,
  type Redis,
} from '@ml-training/core';
import { isJudgedByReturn, percent } from '../commands/models.ts';
import { bar, fixed, sizeOf, table, when } from '../output.ts';
import type { Servers } from '../servers.ts';
import { cutTo, widthOf } from '../width.ts';

const everyMs = 1000;
const jobsShown = 10;
/** However many models there are. */
const jobsAtLeast = 3;
/** The first three, the tables' heads, and the empty ones between. */
const linesBesides = 7;

interface ActiveModel {
  readonly strategy_type: string;
  readonly symbol: string;
  readonly created_at: Date;
  readonly accuracy: number | null;
  readonly baseline: number | null;
  readonly total_return: number | null;
  readonly file_path: string;
}

/**
 * Queue, jobs and models, redrawn every second on a terminal; elsewhere a line whenever the counts change.
 * @param options.keys what the keyboard does, for the first line
 * @param options.json a JSON object a line instead, whenever something changes
 */
export async function showLive(
  { config, sql, redis }: Servers,
  stopping: AbortSignal,
  { keys, json = false }: { readonly keys: string; readonly json?: boolean },
): Promise<void> {
  const out = process.stdout;
  const drawn = out.isTTY && !json;
  let last: string | undefined;
  // The terminal's other screen: what was printed before is there again afterwards.
  if (drawn) out.write('\x1b[?1049h');
  try {
    while (!stopping.aborted) {
      const lines = await look(config, sql, redis).then(
        (state) => {
          if (json) return [JSON.stringify(asJson(state))];
          return drawn ? screen(state, sizeOf(out), keys) : [`${headline(state)} | ${fleetLine(state)}`];
        },
        async (error: unknown) => {
          const seen = (await troubles(sql, redis, 'view')).map(inWords);
          const found = seen.length > 0 ? seen : [errorFacts(error).error];
          return [
            json ? JSON.stringify({ troubles: found }) : `can not look at the fleet now: ${found.join('; ')}`,
          ];
        },
      );
      // Line by line over the screen before: clearing it first would flicker.
      if (drawn) out.write(`\x1b[H${lines.join('\x1b[K\n')}\x1b[J`);
      else if (lines[0] !== last) out.write(`${lines[0]}\n`);
      last = lines[0];
      await sleep(everyMs, undefined, { signal: stopping }).catch(() => undefined);
    }
  } finally {
    if (drawn) out.write('\x1b[?1049l');
  }
}

type ShownJob = Pick<
  Job,
  'strategy_type' | 'symbol' | 'status' | 'created_at' | 'progress' | 'stage' | 'error_message'
>;

/** What the view shows. */
export interface State {
  readonly length: number;
  readonly beats: readonly Beat[];
  readonly jobs: readonly ShownJob[];
  readonly counts: readonly { readonly status: string; readonly count: number }[];
  readonly models: readonly ActiveModel[];
  /** When the schedule fires next; null when it never will. */
  readonly next: Date | null;
}

async function look(config: Config, sql: Database, redis: Redis): Promise<State> {
  const schedule = scheduleOf(config);
  const [length, beats, jobs, totals, models] = await Promise.all([
    queueLength(redis),
    liveInstances(redis),
    newestJobs(sql),
    readJobTotals(sql),
    sql<ActiveModel[]>`
      SELECT strategy_type, symbol, created_at, file_path, (metrics ->> 'accuracy')::float8 AS accuracy,
             (metrics #>> '{baselines,majority_class,accuracy}')::float8 AS baseline,
             (metrics ->> 'return')::float8 AS total_return
      FROM ml_model_registry WHERE is_active ORDER BY strategy_type, symbol`,
  ]);
  return {
    length,
    beats,
    jobs,
    counts: countsByStatus(totals),
    models,
    next: nextTick(schedule, new Date()),
  };
}

/**
 * What runs, then what waits, then what has ended; the newest
 * of each status are the only ones that can be among them.
 */
const newestJobs = (sql: Database) => sql<ShownJob[]>`
  SELECT j.* FROM unnest(ARRAY['running', 'queued', 'completed', 'failed', 'cancelled']) s (status),
  LATERAL (SELECT strategy_type, symbol, status, created_at, progress, stage, error_message FROM ml_training_jobs
           WHERE status = s.status ORDER BY created_at DESC, strategy_type, symbol LIMIT ${jobsShown}) j
  ORDER BY j.status = 'running' DESC, j.status = 'queued' DESC, j.created_at DESC, j.strategy_type, j.symbol LIMIT ${jobsShown}`;

function countsByStatus({ jobs }: JobTotals): State['counts'] {
  const counts = new Map<string, number>();
  for (const { status, count } of jobs) if (count > 0) counts.set(status, (counts.get(status) ?? 0) + count);
  return [...counts]
    .map(([status, count]) => ({ status, count }))
    .sort((a, b) => (a.status < b.status ? -1 : 1));
}

/** What --json prints a line of; times of the beats are left out, as they change all the time. */
function asJson({ length, beats, jobs, counts, models, next }: State): object {
  return {
    queue_length: length,
    next_run: next,
    roles: Object.fromEntries(roles.map((role) => [role, beats.filter((beat) => beat.role === role).length])),
    jobs_by_status: Object.fromEntries(counts.map(({ status, count }) => [status, count])),
    active_models: models.length,
    newest_jobs: jobs,
  };
}

function headline({ length, counts, models, next }: State): string {
  const jobs = counts.map(({ status, count }) => `${count} ${status}`).join(', ') || 'none';
  return `queue ${length} | jobs: ${jobs} | active models: ${models.length}${next === null ? '' : ` | next run ${when(next)} UTC`}`;
}

function fleetLine({ beats }: State): string {
  const count = (role: string): number => beats.filter((beat) => beat.role === role).length;
  return `up: ${roles.map((role) => `${count(role)} ${role}`).join(', ')}`;
}

/** Lines that fit the terminal: fewer jobs on a low one, then fewer models; no line is wrapped. */
export function screen(
  state: State,
  { rows, columns }: { readonly rows: number; readonly columns: number },
  keys: string,
): string[] {
  const jobsFit = Math.max(jobsAtLeast, rows - linesBesides - state.models.length);
  const jobs = table(
    ['strategy', 'symbol', 'status', 'progress', 'created', 'note'],
    state.jobs
      .slice(0, jobsFit)
      .map((job) => [
        job.strategy_type,
        job.symbol,
        job.status,
        job.status === 'running' ? bar(job.progress) : '',
        when(job.created_at),
        job.status === 'running' ? (job.stage ?? '') : (job.error_message ?? ''),
      ]),
  );
  const models = table(
    ['active model', 'symbol', 'accuracy', 'baseline', 'return %', 'since', 'file'],
    state.models.map((model) => [
      model.strategy_type,
      model.symbol,
      ...(isJudgedByReturn(model) ? [null, null] : [fixed(model.accuracy), fixed(model.baseline)]),
      percent(model.total_return),
      when(model.created_at),
      model.file_path,
    ]),
  );
  return (
    [
      `ML training fleet ${when(new Date()).slice(-8)} UTC | ${keys}`,
      headline(state),
      fleetLine(state),
      '',
      ...jobs.split('\n'),
      '',
      ...models.split('\n'),
    ]
      .slice(0, rows)
      // The last column stays free: erasing the rest of a full line would take its last character.
      .map((line) => (widthOf(line) < columns ? line : `${cutTo(line, columns - 2)}…`))
  );
}
