import {
  deadEntries,
  estimateQueue,
  heldEntries,
  knownJobs,
  liveInstances,
  nextEntries,
  queueLength,
  requeueDead,
  scheduleOf,
  strategyTypes,
  waitingJobs,
  waitingWishes,
  type Database,
  type Job,
  type Redis,
} from '@ml-training/core';
import { ProblemBody } from '../../schemas/problem.ts';
import { Queue, RequeueBody, RequeuedEntries } from '../../schemas/queue.ts';
import { notFound, Problem } from '../problem.ts';
import type { Routes } from '../route.ts';

const tags = ['queue'];
const deadShown = 200;
const nextShown = 20;

/** What waits, what trainers hold, and what no job could be made of. */
export const queueRoutes: Routes = (api, { config, sql, redis }) => {
  const known = (ids: readonly string[]) => knownJobs(sql, ids);

  api.get(
    '/api/queue',
    {
      schema: {
        summary: 'What waits, what trainers hold, and what no job could be made of',
        tags,
        response: { 200: Queue, '4xx': ProblemBody },
      },
    },
    async () => {
      const [length, waiting, next, estimate, held, dead] = await Promise.all([
        queueLength(redis),
        allWaiting(sql, redis),
        nextEntries(sql, redis, nextShown),
        estimateQueue({ config, sql, redis }, scheduleOf(config), new Date()),
        allHeld(sql, redis),
        deadEntries(redis, known, deadShown),
      ]);
      const { trainers, ends_at, next_run, too_long, unmeasured } = estimate;
      return {
        length,
        waiting,
        next: next.map((entry) => ({ ...entry })),
        estimate: {
          trainers,
          ends_at: ends_at?.toISOString() ?? null,
          next_run: next_run?.toISOString() ?? null,
          too_long,
          unmeasured: [...unmeasured],
        },
        held,
        dead: { count: dead.count, items: [...dead.entries] },
      };
    },
  );

  api.post(
    '/api/queue/dead/requeue',
    {
      schema: {
        summary: 'Put dead entries back into the queue as they were: one by its id, or all',
        tags,
        security: [{ token: [] }],
        body: RequeueBody,
        response: { 200: RequeuedEntries, '4xx': ProblemBody },
      },
    },
    async ({ body }) => {
      const id = 'id' in body ? body.id : null;
      const { requeued, refused } = await requeueDead(redis, known, id);
      if (id !== null && requeued.length + refused.length === 0)
        throw notFound(
          `no dead entry has the id ${id}: it was put back already, or GET /api/queue has others`,
        );
      if (id !== null && refused[0] !== undefined)
        throw new Problem(422, 'ENTRY_UNUSABLE', `the entry is not put back: ${refused[0].reason}`);
      return { requeued: [...requeued], refused: [...refused] };
    },
  );
};

async function allWaiting(sql: Database, redis: Redis): Promise<Queue['waiting']> {
  const [jobs, wishes] = await Promise.all([waitingJobs(sql), waitingWishes(redis)]);
  return strategyTypes()
    .map((strategy_type) => {
      const row = jobs.find((one) => one.strategy_type === strategy_type);
      const oldest = row?.oldest_at ?? null;
      return {
        strategy_type,
        ready: row?.ready ?? 0,
        later: row?.later ?? 0,
        wishes: wishes.get(strategy_type) ?? 0,
        oldest_at: oldest?.toISOString() ?? null,
        oldest_seconds:
          oldest === null ? null : Math.max(0, Math.round((Date.now() - oldest.getTime()) / 1000)),
        next_retry_at: row?.next_retry_at?.toISOString() ?? null,
      };
    })
    .filter(({ ready, later, wishes: asked }) => ready + later + asked > 0);
}

type HeldJob = Pick<
  Job,
  'job_id' | 'strategy_type' | 'symbol' | 'status' | 'stage' | 'progress' | 'started_at'
>;

async function allHeld(sql: Database, redis: Redis): Promise<Queue['held']> {
  const [held, beats] = await Promise.all([heldEntries(redis), liveInstances(redis)]);
  const ids = held.flatMap(({ payloads }) =>
    payloads.flatMap((payload) => ('jobId' in payload && payload.jobId !== null ? [payload.jobId] : [])),
  );
  const jobs =
    ids.length === 0
      ? []
      : await sql<HeldJob[]>`
        SELECT job_id, strategy_type, symbol, status, stage, progress, started_at FROM ml_training_jobs
        WHERE job_id = ANY (${ids}::uuid[])`;
  const alive = new Set(beats.filter(({ role }) => role === 'trainer').map(({ instance }) => instance));
  return held.flatMap(({ trainerId, payloads }) =>
    payloads.map((payload) => {
      const job = 'jobId' in payload ? jobs.find(({ job_id }) => job_id === payload.jobId) : undefined;
      return {
        trainer_id: trainerId,
        alive: alive.has(trainerId),
        job: job === undefined ? null : { ...job, started_at: job.started_at?.toISOString() ?? null },
      };
    }),
  );
}
