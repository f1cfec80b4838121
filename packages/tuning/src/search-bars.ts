import {
  admitBars,
  barsPlaceOf,
  ALL_SYMBOLS,
  barsSha256,
  FleetError,
  isSymbol,
  listSymbols,
  readBars,
  readBarsBetween,
  withClosedInputs,
  type CheckSettings,
  type Config,
  type Database,
  type GivenBars,
} from '@ml-training/core';
import type { Bars, Strategy } from '@ml-training/strategies';

type Settings = Pick<Config, 'MIN_TRAINING_DATA_POINTS' | 'TRAINING_SYMBOLS'> & CheckSettings;
type Needs = Strategy['needs'];

/**
 * The newest bars of the symbol, or of every symbol that a job over all would learn from.
 * @throws FleetError TOO_FEW_BARS
 */
export async function newestSearchBars(
  sql: Database,
  config: Settings,
  { symbol, count, needs }: { readonly symbol: string; readonly count: number; readonly needs: Needs },
): Promise<Bars[]> {
  const least = config.MIN_TRAINING_DATA_POINTS;
  const only = symbol === ALL_SYMBOLS ? config.TRAINING_SYMBOLS : [symbol];
  const known = await listSymbols(sql, only.length > 0 ? { upTo: least, only } : { upTo: least });
  const names = known.filter((row) => row.bars >= least && isSymbol(row.symbol)).map((row) => row.symbol);
  if (names.length === 0)
    throw new FleetError(
      'TOO_FEW_BARS',
      `${symbol === ALL_SYMBOLS ? 'no symbol has' : `${symbol} has not`} the ${least} bars that ` +
        `MIN_TRAINING_DATA_POINTS asks for: ${barsPlaceOf(sql).get('more')}`,
    );
  const bars: Bars[] = [];
  for (const name of names.toSorted()) {
    const read = await readBars(sql, name, count, needs?.columns);
    // As a training is given them.
    bars.push(admitBars(read, config, Date.now()).bars);
  }
  return withClosedInputs(sql, bars, config, needs);
}

/** The very bars that a search was given; null where some of them have changed since. */
export async function sameSearchBars(
  sql: Database,
  config: CheckSettings,
  given: readonly GivenBars[],
  needs: Needs,
): Promise<Bars[] | null> {
  const bars: Bars[] = [];
  for (const { symbol, from, to } of given)
    bars.push(
      admitBars(await readBarsBetween(sql, symbol, from, to, needs?.columns), config, Date.now()).bars,
    );
  const whole = await withClosedInputs(sql, bars, config, needs);
  const same = whole.every((one, i) => barsSha256(one) === given[i]!.sha256);
  return same ? whole : null;
}

export const describeBars = (bars: readonly Bars[]): GivenBars[] =>
  bars.map((one) => ({
    symbol: one.symbol,
    from: one.time[0]!,
    to: one.time.at(-1)!,
    count: one.time.length,
    sha256: barsSha256(one),
  }));
