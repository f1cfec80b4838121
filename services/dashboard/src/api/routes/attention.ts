import {
  barsPlace,
  keys,
  lastTick,
  newestDueTick,
  nextTick,
  queueState,
  runOutcome,
  scheduleOf,
  trainersMayBeAway,
  withDeadline,
  type Schedule,
} from '@ml-training/core';
import { Attention } from '../../schemas/attention.ts';
import { needsAttention, staleAfterPeriods, type FleetFacts } from '../overview/attention/index.ts';
import { readMatrix, readTrainings } from '../overview/facts.ts';
import type { ApiContext, Routes } from '../route.ts';
import { answerMs } from './outlook.ts';

const maxItems = 200;
const redisMs = 2000;

/** What somebody should look at. */
export const attentionRoutes: Routes = (api, context) => {
  api.get(
    '/api/attention',
    {
      schema: {
        summary: 'What needs somebody: each with its reason and what to do about it',
        tags: ['fleet'],
        response: { 200: Attention },
      },
    },
    async () => {
      const items = needsAttention(await withDeadline(readFacts(context), answerMs, 'PostgreSQL'));
      return { items: items.slice(0, maxItems), total: items.length };
    },
  );
};

async function readFacts({ config, sql, redis, health }: ApiContext): Promise<FleetFacts> {
  const schedule = scheduleOf(config);
  const dead = withDeadline(redis.llen(keys.dead), redisMs, 'LLEN on Redis').catch(() => null);
  const [matrix, run, queue, doneTick, seen, deadEntries] = await Promise.all([
    readMatrix(sql, config),
    runOutcome(sql),
    queueState(sql),
    lastTick(sql, schedule),
    health(),
    dead,
  ]);
  const now = new Date();
  const period = periodOf(schedule, now);
  const staleBefore = new Date(now.getTime() - staleAfterPeriods * 1000 * (period ?? 0));
  const { trainings, newest } = await readTrainings(sql, config, matrix, staleBefore);
  return {
    now,
    troubles: [seen.redis, seen.postgres].flatMap(({ problem }) => (problem === null ? [] : [problem])),
    // Without Redis nobody knows who lives.
    roles: seen.redis.ok ? seen.roles : null,
    period,
    dueTick: newestDueTick(schedule, now),
    doneTick,
    run,
    queue,
    dead: deadEntries,
    maxRunning: config.MAX_CONCURRENT_TRAINING_JOBS,
    trainersMayBeAway: trainersMayBeAway(config, queue.oldest, now),
    ownBars: barsPlace(config).own,
    open: matrix.open,
    failed: matrix.failed,
    planned: matrix.planned,
    leftOutOfPlan: matrix.leftOutOfPlan,
    trainings,
    leftOut: matrix.leftOut,
    newestBars: newest,
    cells: matrix.rows.flatMap(({ cells }) => cells),
  };
}

/** The longest of the next waits, so that `0 2,14,22 * * *` counts as every 12 hours. */
function periodOf(schedule: Schedule, now: Date): number | null {
  let longest: number | null = null;
  let last = nextTick(schedule, now);
  for (let i = 0; i < 8 && last !== null; i++) {
    const next = nextTick(schedule, last);
    if (next !== null) longest = Math.max(longest ?? 0, (next.getTime() - last.getTime()) / 1000);
    last = next;
  }
  return longest;
}
