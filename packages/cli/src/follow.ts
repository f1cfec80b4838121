import { setTimeout as sleep } from 'node:timers/promises';
import {
  jobsOfRun,
  runProgress,
  withDeadline,
  type Database,
  type ListedJob,
  type RunProgress,
} from '@ml-training/core';
import { bar, statusLine, table } from './output.ts';

const everyMs = 250;

/**
 * How long the database may be away; the fleet lives through a restart of it, and so does whoever watches.
 */
const awayMs = 60_000;
const answerMs = 10_000;

/**
 * Shows a run's progress until all of its jobs have ended, and returns them.
 * @throws what the database said when it was away for a minute
 */
export async function followJobs(sql: Database, runId: string, stopping?: AbortSignal): Promise<ListedJob[]> {
  const line = statusLine();
  let answeredAt = performance.now();
  const answerTo = async <T>(question: Promise<T>): Promise<T | null> => {
    try {
      const answer = await withDeadline(question, answerMs, 'looking at the jobs');
      answeredAt = performance.now();
      return answer;
    } catch (error) {
      if (performance.now() - answeredAt > awayMs) throw error;
      line.show('the database does not answer now');
      return null;
    }
  };
  try {
    for (;;) {
      const run = await answerTo(runProgress(sql, runId));
      if (run !== null) {
        line.show(describe(run), bars(run));
        const jobs = run.queued + run.running.length > 0 ? null : await answerTo(jobsOfRun(sql, runId));
        if (jobs !== null) return jobs;
      }
      await sleep(everyMs, undefined, stopping === undefined ? {} : { signal: stopping });
    }
  } finally {
    line.end();
  }
}

/** A line for each job that runs, on a terminal. */
function bars({ running }: RunProgress): string[] {
  if (running.length === 0) return [];
  const rows = running.map(({ strategy_type, symbol, progress, stage }) => [
    `  ${strategy_type}`,
    symbol,
    bar(progress),
    stage ?? '',
  ]);
  // Without its head.
  return table(['', '', '', ''], rows).split('\n').slice(1);
}

function describe({ queued, completed, failed, all, running, postponed }: RunProgress): string {
  return [
    `${completed} of ${all} done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(queued > 0 ? [`${queued} waiting`] : []),
    // It can be long, and is for somebody to mend.
    ...postponed.map((code) => `${code}: see "ml jobs --status queued"`),
    // Tens of a percent: a line for each would flood a log.
    ...running.map((job) => `${job.strategy_type} ${job.symbol} ${Math.floor(job.progress * 10) * 10} %`),
  ].join(' | ');
}
