import {
  ALL_SYMBOLS,
  createRun,
  isStrategyType,
  isSymbol,
  listSymbols,
  planRun,
  pushJobs,
  strategyTypes,
  type Job,
  type Skipped,
} from '@ml-training/core';
import { followJobs } from '../follow.ts';
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
    const jobs = options.wait === true ? await followJobs(servers.sql, run.runId) : run.jobs;
    if (options.json === true) printJson({ run_id: run.runId, jobs, skipped: run.skipped });
    else report(run.jobs.length, run.skipped, options.wait === true ? jobs : []);
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
  const run = await createRun(sql, {
    trigger: 'manual',
    ...plan,
    maxAttempts: 1 + config.TRAINING_RETRY_ATTEMPTS,
  });
  if (run === null) throw new Error('a run without a tick was refused');
  await pushJobs(redis, run.jobs);
  return run;
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

function report(queued: number, skipped: readonly Skipped[], ended: readonly Partial<Job>[]): void {
  for (const { strategy_type, symbol, reason } of skipped)
    print(`not trained: ${strategy_type} ${symbol}: ${reason}`);
  if (ended.length > 0)
    print(
      table(
        ['strategy', 'symbol', 'status', 'note'],
        ended.map((job) => [
          job.strategy_type ?? '',
          job.symbol ?? '',
          job.status ?? '',
          job.error_message ?? '',
        ]),
      ),
    );
  else if (queued === 0) print('No job was queued.');
  else
    print(
      `${queued} ${queued === 1 ? 'job' : 'jobs'} queued; "ml jobs" shows ${queued === 1 ? 'it' : 'them'}.`,
    );
}
