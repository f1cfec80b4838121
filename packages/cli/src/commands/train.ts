import { askedTraining, requestRun, sumUp, type ListedJob, type Pair, type Skipped } from '@ml-training/core';
import { followJobs } from '../follow.ts';
import { jobNote } from '../job-note.ts';
import { print, printJson, table } from '../output.ts';
import { recordOwn } from '../own-strategies.ts';
import { withServers } from '../servers.ts';

interface Options {
  readonly wait?: true;
  readonly json?: true;
}

export async function requestTraining(
  strategy: string | undefined,
  symbol: string | undefined,
  options: Options,
): Promise<void> {
  await withServers(async (servers) => {
    await recordOwn(servers);
    const asked = await askedTraining(servers.sql, strategy, symbol);
    const run = await requestRun(servers, asked);
    const ended = options.wait === true ? await followJobs(servers.sql, run.runId) : [];
    const jobs = options.wait === true ? ended : run.jobs.map(({ trigger: _, ...job }) => job);
    if (options.json === true)
      printJson({ run_id: run.runId, jobs, skipped: run.skipped, nothing_new: run.nothingNew });
    else {
      sayOfRun(run);
      report(run.jobs.length, ended);
    }
    if (jobs.some((job) => 'status' in job && job.status !== 'completed')) process.exitCode = 1;
    if (run.jobs.length === 0) process.exitCode = 1;
  });
}

const nameOf = ({ strategy_type, symbol }: Pair): string => `${strategy_type} ${symbol}`;

/** More pairs than this are summed up by reason. */
const mostLines = 20;

/** What of a run is not trained, and what is although it has no new bar, since a person asked for it. */
export function sayOfRun(run: {
  readonly skipped: readonly Skipped[];
  readonly nothingNew: readonly Skipped[];
}): void {
  sayEach('not trained: ', run.skipped);
  sayEach('nothing new, trained all the same: ', run.nothingNew);
}

function sayEach(what: string, pairs: readonly Skipped[]): void {
  if (pairs.length <= mostLines) for (const pair of pairs) print(`${what}${nameOf(pair)}: ${pair.reason}`);
  else
    for (const { reason, count, names } of sumUp(pairs))
      print(`${what}${count === 1 ? '' : `${count} such as `}${names.join(', ')}: ${reason}`);
}

function report(queued: number, ended: readonly ListedJob[]): void {
  if (ended.length > 0)
    print(
      table(
        ['strategy', 'symbol', 'status', 'note'],
        ended.map((job) => [job.strategy_type, job.symbol, job.status, jobNote(job)]),
      ),
    );
  else if (queued === 0) print('No job was queued.');
  else
    print(
      `${queued} ${queued === 1 ? 'job' : 'jobs'} queued; "ml jobs" shows ${queued === 1 ? 'it' : 'them'}.`,
    );
}
