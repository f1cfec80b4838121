import {
  ALL_SYMBOLS,
  createRun,
  isStrategyType,
  isSymbol,
  listSymbols,
  pairsWithoutNewBars,
  planRun,
  pushJobs,
  strategyTypes,
  sumUp,
  type ListedJob,
  type Pair,
  type Skipped,
} from '@ml-training/core';
import { followJobs } from '../follow.ts';
import { jobNote } from '../job-note.ts';
import { print, printJson, table } from '../output.ts';
import { withServers, type Servers } from '../servers.ts';

interface Options {
  readonly wait?: true;
  readonly json?: true;
}

export async function requestTraining(
  strategy: string | undefined,
  symbol: string | undefined,
  options: Options,
): Promise<void> {
  if (strategy !== undefined && !isStrategyType(strategy))
    throw new Error(
      `${JSON.stringify(strategy)} is no strategy: it must be one of ${strategyTypes.join(', ')}`,
    );
  if (symbol !== undefined && symbol !== ALL_SYMBOLS && !isSymbol(symbol))
    throw new Error(
      `${JSON.stringify(symbol)} is no symbol: it must be 1 to 64 letters, digits and ._-/:^=+&, such as AAPL or BTC/USD`,
    );
  // ALL is what all symbols were called before, and to the ensemble nothing else; to the others it is a ticker.
  const all = symbol === ALL_SYMBOLS || (strategy === 'ensemble' && symbol === 'ALL');
  if (symbol !== undefined && strategy === 'ensemble' && !all)
    throw new Error('the ensemble is one model over all symbols: ask for "ml train ensemble"');
  await withServers(async (servers) => {
    const run = await startRun(servers, strategy, all ? undefined : symbol);
    const ended = options.wait === true ? await followJobs(servers.sql, run.runId) : [];
    const jobs = options.wait === true ? ended : run.jobs;
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

/** Makes a run of what is asked for and puts its jobs into the queue. */
export async function startRun(
  { config, sql, redis }: Servers,
  strategy?: (typeof strategyTypes)[number],
  symbol?: string,
) {
  const known = await listSymbols(sql, { upTo: config.MIN_TRAINING_DATA_POINTS });
  const bars = new Map(known.map((row) => [row.symbol, row.bars]));
  if (symbol !== undefined) refuseTooFew(symbol, bars, config.MIN_TRAINING_DATA_POINTS);
  const plan = planRun(
    strategy === undefined ? config.TRAINING_STRATEGIES : [strategy],
    symbol === undefined ? config.TRAINING_SYMBOLS : [symbol],
    bars,
    config.MIN_TRAINING_DATA_POINTS,
  );
  const unchanged = await pairsWithoutNewBars(sql, plan.pairs, config.TRAINING_SYMBOLS);
  const run = await createRun(sql, {
    trigger: 'manual',
    ...plan,
    maxAttempts: 1 + config.TRAINING_RETRY_ATTEMPTS,
  });
  if (run === null) throw new Error('a run without a tick was refused');
  await pushJobs(redis, run.jobs);
  const made = new Set(run.jobs.map(nameOf));
  return { ...run, nothingNew: unchanged.filter((pair) => made.has(nameOf(pair))) };
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

/** Whoever names a symbol wants that one: no run is made that leaves it out. */
function refuseTooFew(symbol: string, bars: ReadonlyMap<string, number>, needed: number): void {
  const has = bars.get(symbol) ?? 0;
  if (has >= needed) return;
  if (has > 0)
    throw new Error(
      `${symbol} has ${has} bars in market_data, MIN_TRAINING_DATA_POINTS asks for ${needed}: import more with "ml import FILE"`,
    );
  const known = bars.size === 0 ? 'market_data is empty' : `there are bars of ${[...bars.keys()].join(', ')}`;
  throw new Error(`${symbol} has no bars in market_data (${known}): import some with "ml import FILE"`);
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
