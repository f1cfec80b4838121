import {
  admitBars,
  ALL_SYMBOLS,
  barsPlaceOf,
  FleetError,
  isSymbol,
  leftOutWords,
  listSymbols,
  newestBars,
  noSymbol,
  readBars,
  shownSymbol,
  withClosedInputs,
  withNewestInputs,
  type CheckSettings,
  type Config,
  type Database,
  type DataCheck,
  type SeenBars,
} from '@ml-training/core';
import type { Bars, Needs } from '@ml-training/strategies';

type Settings = Pick<Config, 'MIN_TRAINING_DATA_POINTS' | 'TRAINING_BATCH_SIZE' | 'TRAINING_SYMBOLS'> &
  CheckSettings;

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

/** Bars that a training is given. */
export interface ChosenBars extends Omit<ChosenSymbols, 'symbols'> {
  readonly bars: readonly Bars[];
  /** What the data check found, of each of them. */
  readonly checks: readonly DataCheck[];
}

/**
 * The newest TRAINING_BATCH_SIZE bars of the symbol, or of every symbol with enough of them, with what the
 * strategy looks at besides; without bars that the data check found to be none of the symbol.
 * @throws FleetError TOO_FEW_BARS when there is none; BARS_REFUSED when DATA_CHECK=refuse leaves none; BARS_INVALID
 *   when market_data lacks a column
 */
export async function readNewestBars(
  sql: Database,
  symbol: string,
  config: Settings,
  needs: Needs | undefined,
): Promise<ChosenBars> {
  const { symbols, leftOut, newest, count } = await chooseSymbols(sql, symbol, config, needs);
  const least = config.MIN_TRAINING_DATA_POINTS;
  const place = barsPlaceOf(sql);
  if (symbols.length === 0)
    throw new FleetError(
      'TOO_FEW_BARS',
      (symbol === ALL_SYMBOLS
        ? 'no symbol has'
        : `${symbol} has ${count.get(symbol) ?? 0} bars in ${place.name}, not`) +
        ` the ${least} bars that MIN_TRAINING_DATA_POINTS asks for: ${place.get('more')}, or lower it`,
    );
  const bars: Bars[] = [];
  const checks: DataCheck[] = [];
  const refused: Entry[] = [];
  const tooFew: Entry[] = [];
  for (const name of symbols) {
    const read = await readBars(sql, name, config.TRAINING_BATCH_SIZE, needs?.columns);
    const admitted = admitBars(read, config, Date.now());
    const { check } = admitted;
    if (admitted.refused !== null) refused.push([name, admitted.refused]);
    else if (admitted.leftOut > 0 && admitted.bars.time.length < least)
      tooFew.push([
        name,
        `${admitted.bars.time.length} bars without the ${admitted.leftOut} that the data check leaves out, ` +
          `MIN_TRAINING_DATA_POINTS asks for ${least}: ${check.findings.map(({ words }) => words).join('; ')}`,
      ]);
    else {
      bars.push(admitted.bars);
      checks.push(check);
    }
  }
  if (bars.length === 0)
    throw new FleetError(
      refused.length > 0 ? 'BARS_REFUSED' : 'TOO_FEW_BARS',
      // Of one symbol all that was found.
      symbols.length === 1
        ? `${symbols[0]!}: ${[...refused, ...tooFew][0]![1]}`
        : `no symbol is left: ${leftOutWords(Object.fromEntries([...refused, ...tooFew]))}`,
    );
  return {
    bars: await withClosedInputs(sql, bars, config, needs),
    checks,
    leftOut: { ...leftOut, ...Object.fromEntries([...refused, ...tooFew]) },
    newest,
  };
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
