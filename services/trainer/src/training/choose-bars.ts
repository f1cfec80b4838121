import {
  ALL_SYMBOLS,
  FleetError,
  isSymbol,
  listSymbols,
  newestBars,
  noSymbol,
  readBars,
  shownSymbol,
  withClosedInputs,
  withNewestInputs,
  type Config,
  type Database,
  type SeenBars,
} from '@ml-training/core';
import type { Bars, Needs } from '@ml-training/strategies';

type Settings = Pick<Config, 'MIN_TRAINING_DATA_POINTS' | 'TRAINING_BATCH_SIZE' | 'TRAINING_SYMBOLS'>;

type Entry = [symbol: string, text: string];

/** Which symbols a job is of. */
export interface ChosenSymbols {
  /** In order of name. */
  readonly symbols: readonly string[];
  /**
   * Those that it would be of, but for these reasons. One bad name keeps no other symbol from a new model.
   */
  readonly leftOut: Readonly<Record<string, string>>;
  /**
   * Of every symbol that was looked at, a strategy's inputs among them, before any bar was read: what comes
   * in between counts as new.
   */
  readonly newest: SeenBars;
}

/** The symbol of a job, or every symbol with enough bars. */
async function chooseSymbols(
  sql: Database,
  symbol: string,
  config: Settings,
  needs: Needs | undefined,
): Promise<ChosenSymbols & { readonly count: ReadonlyMap<string, number> }> {
  const least = config.MIN_TRAINING_DATA_POINTS;
  const named = symbol === ALL_SYMBOLS ? config.TRAINING_SYMBOLS : [symbol];
  const known = await listSymbols(sql, named.length > 0 ? { upTo: least, only: named } : { upTo: least });
  const count = new Map(known.map((row) => [row.symbol, row.bars]));
  const wanted = named.length > 0 ? named : known.map((row) => row.symbol);
  const leftOut: Entry[] = [];
  const symbols: string[] = [];
  for (const name of wanted.toSorted()) {
    const has = count.get(name) ?? 0;
    if (!isSymbol(name)) leftOut.push([shownSymbol(name), noSymbol]);
    else if (has < least) leftOut.push([name, `${has} bars, MIN_TRAINING_DATA_POINTS asks for ${least}`]);
    else symbols.push(name);
  }
  const own = wanted.filter(isSymbol);
  const newest = await withNewestInputs(sql, await newestBars(sql, own), own, needs?.symbols ?? []);
  return {
    symbols,
    leftOut: Object.fromEntries(leftOut),
    newest: Object.fromEntries([...newest].map(([name, time]) => [name, time.toISOString()])),
    count,
  };
}

/**
 * The newest TRAINING_BATCH_SIZE bars of the symbol, or of every symbol with enough of them, with what the
 * strategy looks at besides.
 * @throws FleetError TOO_FEW_BARS when there is none; BARS_INVALID when market_data lacks a column
 */
export async function readNewestBars(
  sql: Database,
  symbol: string,
  config: Settings,
  needs: Needs | undefined,
): Promise<Omit<ChosenSymbols, 'symbols'> & { readonly bars: readonly Bars[] }> {
  const { symbols, leftOut, newest, count } = await chooseSymbols(sql, symbol, config, needs);
  if (symbols.length === 0)
    throw new FleetError(
      'TOO_FEW_BARS',
      (symbol === ALL_SYMBOLS
        ? 'no symbol has'
        : `${symbol} has ${count.get(symbol) ?? 0} bars in market_data, not`) +
        ` the ${config.MIN_TRAINING_DATA_POINTS} bars that MIN_TRAINING_DATA_POINTS asks for: import more ` +
        'with "ml import FILE", or lower it',
    );
  const bars: Bars[] = [];
  for (const name of symbols)
    bars.push(await readBars(sql, name, config.TRAINING_BATCH_SIZE, needs?.columns));
  return { bars: await withClosedInputs(sql, bars, needs), leftOut, newest };
}

/**
 * The same for the bars that a checkpoint is of: what a job over all symbols would take by now and they lack
 * is left out.
 */
export async function chosenBefore(
  sql: Database,
  symbol: string,
  config: Settings,
  bars: readonly Bars[],
  needs: Needs | undefined,
): Promise<Omit<ChosenSymbols, 'symbols'>> {
  const now = await chooseSymbols(sql, symbol, config, needs);
  const given = new Map(bars.map((one) => [one.symbol, one.time.at(-1)!]));
  const missing = now.symbols.filter((name) => !given.has(name));
  const leftOut = Object.entries(now.leftOut).filter(([name]) => !given.has(name));
  const to = [...given].filter(([, time]) => Number.isFinite(time));
  return {
    leftOut: Object.fromEntries([
      ...leftOut,
      ...missing.map((name): Entry => [name, 'came after the training had begun']),
    ]),
    newest: Object.fromEntries([
      ...Object.entries(now.newest).filter(([name]) => !given.has(name) && !missing.includes(name)),
      ...to.map(([name, time]): Entry => [name, new Date(time).toISOString()]),
    ]),
  };
}
