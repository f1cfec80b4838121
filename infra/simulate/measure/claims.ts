import { randomUUID } from 'node:crypto';
import {
  claimJob,
  completeJob,
  connectDatabase,
  createRun,
  migrate,
  renewLease,
  type Claim,
  type Database,
} from '@ml-training/core';
import { startPrivatePostgres } from '@ml-training/testing';
import { spreadOf } from '../../bench/harness/statistics.ts';
import type { Rate } from '../facts.ts';
import { registrationOf, type Trained } from './trained-model.ts';

const connectionCounts = [1, 4, 16, 64] as const;
/** Jobs that run meanwhile, which each claim counts. */
const runningCounts = [0, 1000] as const;
const jobsARound = 400;
const leaseSeconds = 600;

export interface Rates {
  readonly claims: readonly Rate[];
  readonly completions: readonly Rate[];
  readonly renewals: readonly Rate[];
}

/**
 * How many jobs a second a real PostgreSQL lets claim, renew and complete, by connections that do nothing
 * else: as many trainers whose trainings take no time. Each commit is synced to the disk.
 */
export async function measureClaims(trained: Trained, say: (line: string) => void): Promise<Rates> {
  const server = await startPrivatePostgres({ durable: true });
  const rates = { claims: [] as Rate[], completions: [] as Rate[], renewals: [] as Rate[] };
  try {
    const setUp = connectDatabase(server.url, { applicationName: 'simulate', max: 2, silenceMs: 600_000 });
    await migrate(setUp);
    for (const running of runningCounts) {
      await setUp`TRUNCATE ml_training_runs, ml_training_jobs, ml_model_registry CASCADE`;
      const before = await jobsOf(setUp, running, 'rl');
      await setUp`
        UPDATE ml_training_jobs SET status = 'running', lease_token = gen_random_uuid(),
          lease_expires_at = now() + interval '1 hour' WHERE job_id = ANY (${before}::uuid[])`;
      await setUp`VACUUM ANALYZE`;
      for (const connections of running === 0 ? connectionCounts : ([1, 16] as const)) {
        const ids = await jobsOf(setUp, jobsARound, `c${connections}`);
        const clients = await Promise.all(Array.from({ length: connections }, () => connect(server.url)));
        const claimed: Claim[] = [];
        const claim = async (sql: Database, jobId: string): Promise<void> => {
          const request = { jobId, trainerId: 'simulate', maxRunning: 1_000_000, leaseSeconds };
          const taken = await claimJob(sql, { ...request, token: randomUUID() });
          if (taken.outcome !== 'claimed') throw new Error(`a waiting job was not claimed: ${taken.outcome}`);
          claimed.push(taken.claim);
        };
        const renew = (sql: Database, one: Claim) =>
          renewLease(sql, one, leaseSeconds, { fraction: Math.random(), stage: 'training' });
        const complete = (sql: Database, one: Claim) =>
          completeJob(sql, one, trained.result, [registrationOf(trained, one.symbol)]);
        const note = async <T>(kind: keyof Rates, items: readonly T[], work: Work<T>): Promise<void> => {
          const rate = { connections, running, ...(await sharedOut(clients, items, work)) };
          rates[kind].push(rate);
          say(
            `${kind}, ${connections} connections, ${running} running: ${rate.perSecond.toFixed(0)} a second, ` +
              `median ${rate.medianMs.toFixed(2)} ms`,
          );
        };
        await note('claims', ids, claim);
        await note('renewals', claimed, renew);
        await note('completions', claimed, complete);
        await Promise.all(clients.map((sql) => sql.end({ timeout: 1 })));
      }
    }
    await setUp.end({ timeout: 1 });
    return rates;
  } finally {
    await server.remove();
  }
}

async function connect(url: string): Promise<Database> {
  const sql = connectDatabase(url, { applicationName: 'simulate', max: 1 });
  await sql`SELECT 1`;
  return sql;
}

/** Makes so many waiting jobs of a strategy each, with symbols of their own. */
async function jobsOf(sql: Database, count: number, prefix: string): Promise<string[]> {
  if (count === 0) return [];
  const pairs = Array.from({ length: count }, (_, i) => ({
    strategy_type: 'lstm',
    symbol: `${prefix}-${i}`,
  }));
  const run = await createRun(sql, { trigger: 'manual', pairs, skipped: [], maxAttempts: 4 });
  return run!.jobs.map(({ job_id }) => job_id);
}

type Work<T> = (sql: Database, item: T) => Promise<unknown>;

/** Lets the connections do the items, each whenever it is done with the one before. */
async function sharedOut<T>(
  clients: readonly Database[],
  items: readonly T[],
  work: Work<T>,
): Promise<Pick<Rate, 'perSecond' | 'medianMs' | 'p95Ms'>> {
  let next = 0;
  const took: number[] = [];
  const began = performance.now();
  await Promise.all(
    clients.map(async (sql) => {
      while (next < items.length) {
        const item = items[next++]!;
        const sent = performance.now();
        await work(sql, item);
        took.push(performance.now() - sent);
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  const inOrder = took.toSorted((a, b) => a - b);
  const p95Ms = inOrder[Math.floor(0.95 * inOrder.length)]!;
  return { perSecond: items.length / seconds, medianMs: spreadOf(took).median, p95Ms };
}
