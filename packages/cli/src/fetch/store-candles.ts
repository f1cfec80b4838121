import {
  barSymbolProblem,
  collectProblems,
  createOrderCheck,
  pricesProblem,
  rulesOf,
  storeBars,
  valuesProblem,
  type Bar,
  type Batch,
  type CheckSettings,
  type Database,
} from '@ml-training/core';
import { when } from '../output.ts';

/** One bar as ccxt gives it: ms since the epoch, open, high, low, close, volume. */
export type Candle = readonly (number | null | undefined)[];

/** Bars of one symbol, oldest first, each once. */
export interface Candles {
  /** Of the exchange, for messages. */
  readonly from: string;
  readonly symbol: string;
  readonly candles: readonly Candle[];
}

/**
 * Stores bars of an exchange as an import does those of a file: all or none, by the same checks.
 * @throws FleetError BARS_INVALID naming each bad bar by its time, and what `storeBars` throws
 */
export function storeCandles(sql: Database, { from, symbol, candles }: Candles, check: CheckSettings) {
  const span = [candles[0], candles.at(-1)].map((candle) => when(new Date(candle?.[0] ?? Number.NaN)));
  const name = `${from}: ${symbol} from ${span.join(' to ')} UTC`;
  return storeBars(sql, { name, totalBytes: 0, batches: batchesOf(name, symbol, candles, check) }, { check });
}

async function* batchesOf(
  name: string,
  symbol: string,
  candles: readonly Candle[],
  check: CheckSettings,
): AsyncGenerator<Batch, void, void> {
  const problems = collectProblems(name, 'bar');
  const order = createOrderCheck('ascending', 'bar');
  const rules = rulesOf(check);
  const bars: Bar[] = [];
  candles.forEach(([at, ...given], row) => {
    const time = at!; // Those without one were left out before.
    const [open, high, low, close, volume] = given.map(finite);
    const read = { time, symbol, open, high, low, close, volume: given[4] == null ? null : volume };
    const places = { open: 0, high: 1, low: 2, close: 3, volume: 4 };
    const shown = when(new Date(time));
    const problem =
      barSymbolProblem(symbol) ??
      valuesProblem(read, rules, (value) => String(given[places[value]])) ??
      pricesProblem(read as Bar) ?? // Each value that is none was told of.
      order.problem(symbol, time, shown);
    if (problem !== undefined) problems.note(shown, problem);
    else {
      order.accept(symbol, time, row);
      bars.push(read as Bar);
    }
  });
  problems.throwIfAny();
  yield { bars, further: [], bytes: 0 };
}

const finite = (value: number | null | undefined): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
