// One tick of 30,000 jobs, and the rebuild of the queue after Redis has forgotten it. The memory is what
// comes on top of a process that has everything loaded and both servers connected.
import {
  connectDatabase,
  connectRedis,
  createRun,
  planRun,
  pushJobs,
  reconcile,
  redisReady,
} from '@ml-training/core';
import { answer, moment, readJob, type JobWith } from './job.ts';

const job = readJob() as JobWith<{
  databaseUrl: string;
  redisUrl: string;
  symbols: number;
  what: 'tick' | 'rebuild' | 'whole';
}>;
const sql = connectDatabase(job.databaseUrl, { applicationName: 'bench fan-out' });
const redis = connectRedis(job.redisUrl, { name: 'bench', onError: () => undefined });
await redisReady(redis, 5000);
await reconcile(sql, redis);
const bars = new Map(Array.from({ length: job.symbols }, (_, i) => [`N${String(i).padStart(5, '0')}`, 100]));
const plan = planRun(['lstm', 'rl'], [], bars, 100);
const base = process.memoryUsage.rss();
let most = base;
const look = setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss());
}, 5);
const start = moment();
if (job.what === 'tick') {
  const run = await createRun(sql, { trigger: 'manual', ...plan, maxAttempts: 4 });
  await pushJobs(redis, run?.jobs ?? []);
} else await reconcile(sql, redis);
const end = moment();
clearInterval(look);
const aboveBase = (Math.max(most, process.memoryUsage.rss()) - base) / 2 ** 20;
redis.disconnect();
await sql.end();
answer(start, end, { figures: { aboveBase } });
