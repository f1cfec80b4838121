// The data check of an import, before anything of it is in market_data.
import type { Bars } from '@ml-training/sdk';
import type postgres from 'postgres';
import { FleetError } from '../../errors.ts';
import { readPacked } from '../read.ts';
import { refusalWords, type CheckSettings } from './admit.ts';
import { checkBars, type DataCheck, type Finding } from './index.ts';

type Transaction = postgres.TransactionSql;

/** Bars looked at once: 10 MB, so that the memory stays the same however long a file is. */
const atOnce = 200_000;
/** Bars of market_data before and after those of the file, which tell what fits. */
const around = 500;

interface StagedOptions {
  /** Bars of a stretch. */
  readonly most?: number;
  /** Told how many of the file's bars were looked at so far. */
  readonly onBars?: (bars: number) => void;
}

/**
 * Checks the rows of pg_temp.ml_training_import, each symbol's with the bars of market_data around and between them,
 * as they would stand after the import. Not whether they go on until now: an archive need not.
 * @throws FleetError BARS_REFUSED for bars after now; for any finding with DATA_CHECK=refuse
 */
export async function checkStaged(
  own: Transaction,
  file: string,
  symbols: readonly string[],
  settings: CheckSettings,
  { most = atOnce, onBars }: StagedOptions = {},
): Promise<DataCheck[]> {
  const [ahead] = await own<{ symbol: string; count: number; time: Date; now: Date }[]>`
    SELECT symbol, count(*)::int AS count, max(time) AS time, now() AS now FROM pg_temp.ml_training_import
    WHERE time > now() + interval '1 minute' GROUP BY symbol ORDER BY count(*) DESC LIMIT 1`;
  if (ahead !== undefined)
    throw new FleetError(
      'BARS_REFUSED',
      `${file}: ${ahead.symbol} has ${ahead.count} ${ahead.count === 1 ? 'bar' : 'bars'} after now, ` +
        `${ahead.now.toISOString()}, the last one at ${ahead.time.toISOString()}; nothing was imported: look at the ` +
        'time zone and unit of its times',
    );
  const checks: DataCheck[] = [];
  let looked = 0;
  const onStretch = (bars: number): void => {
    looked += bars;
    onBars?.(looked);
  };
  for (const symbol of symbols) checks.push(await checkSymbol(own, symbol, settings, most, onStretch));
  const found = checks.flatMap(({ findings }) => findings);
  if (settings.DATA_CHECK === 'refuse' && found.length > 0)
    throw new FleetError('BARS_REFUSED', `${file}: nothing was imported: ${refusalWords(found)}`);
  return checks;
}

async function checkSymbol(
  own: Transaction,
  symbol: string,
  settings: CheckSettings,
  most: number,
  onStretch: (bars: number) => void,
): Promise<DataCheck> {
  const options = {
    now: Date.now(),
    negative: settings.NEGATIVE_PRICES,
    stamped: settings.BAR_TIMES,
    upToNow: false,
  };
  let whole: DataCheck = { symbol, interval: null, findings: [], unusable: [] };
  // The last one once more, so that nothing between two stretches is missed.
  const again = 1;
  for await (const { bars, before } of stagedBars(own, symbol, again, most)) {
    whole = together(whole, checkBars(bars, { ...options, seen: before === 0 ? 0 : again }), before);
    onStretch(bars.columns![inFile]!.reduce((sum, one) => sum + one, 0));
  }
  return whole;
}

/** Else all rows would be read for each symbol and each stretch: of a long file many times over. */
export async function indexStaged(own: Transaction, symbols: readonly string[], rows: number): Promise<void> {
  if (symbols.length > 3 || rows > atOnce)
    await own`CREATE INDEX ON pg_temp.ml_training_import (symbol, time)`;
}

/** Which bars are of the file: 1, or 0 of those that market_data has. */
export const inFile = 'in_file';

/**
 * The bars of a symbol as they would stand after the import: those of pg_temp.ml_training_import with those of
 * market_data around and between them, in stretches, oldest first; `inFile` is a column of theirs.
 * @param again how many of the last bars of a stretch the next one begins with
 * @param most bars of either table in a stretch, besides those of `again`
 */
export async function* stagedBars(
  own: Transaction,
  symbol: string,
  again: number,
  most = atOnce,
): AsyncGenerator<{ readonly bars: Bars; readonly before: number }, void, void> {
  const ends = await endsOf(own, symbol, most);
  let from = ends.first;
  for (let before = 0, i = 0; i < ends.stretches.length; i++) {
    const within = own`time >= ${from} AND time < ${ends.stretches[i]!}`;
    const rows: postgres.Fragment = own`
      SELECT time, open, high, low, close, volume, 1 AS ${own(inFile)}
      FROM pg_temp.ml_training_import WHERE symbol = ${symbol} AND ${within}
      UNION ALL
      SELECT time, open, high, low, close, volume, 0
      FROM market_data m WHERE symbol = ${symbol} AND ${within} AND NOT EXISTS (
        SELECT FROM pg_temp.ml_training_import n WHERE n.symbol = ${symbol} AND n.time = m.time)
      ORDER BY time DESC`;
    const bars = await readPacked(own, symbol, rows, [inFile]);
    yield { bars, before };
    const count = bars.time.length;
    if (count <= again) continue;
    from = new Date(bars.time.at(-again)!);
    before += count - again;
  }
}

/**
 * Where stretches end, that bar excluded, told before any is read: a query for the next so many bars sorted all that were left,
 * each time, where a file had millions.
 */
async function endsOf(
  own: Transaction,
  symbol: string,
  most: number,
): Promise<{ readonly first: Date | null; readonly stretches: readonly Date[] }> {
  const [range] = await own<{ first: Date | null; last: Date | null }[]>`
    SELECT least(s.first, (SELECT min(time) FROM (
             SELECT time FROM market_data WHERE symbol = ${symbol} AND time < s.first AND time > '-infinity'
             ORDER BY time DESC LIMIT ${around}) b)) AS first,
           greatest(s.last, (SELECT max(time) FROM (
             SELECT time FROM market_data WHERE symbol = ${symbol} AND time > s.last AND time <= now()
             ORDER BY time LIMIT ${around}) a)) AS last
    FROM (SELECT min(time) AS first, max(time) AS last FROM pg_temp.ml_training_import WHERE symbol = ${symbol}) s`;
  const { first = null, last = null } = range ?? {};
  if (first === null || last === null) return { first, stretches: [] };
  const cuts = await own<{ time: Date }[]>`
    SELECT time FROM (
      SELECT time, row_number() OVER (ORDER BY time) AS n
      FROM pg_temp.ml_training_import WHERE symbol = ${symbol}) staged WHERE n % ${most} = 0
    UNION
    SELECT time FROM (
      SELECT time, row_number() OVER (ORDER BY time) AS n
      FROM market_data WHERE symbol = ${symbol} AND time BETWEEN ${first} AND ${last}) stored WHERE n % ${most} = 0
    ORDER BY time`;
  // The last bar is of the last stretch.
  return { first, stretches: [...cuts.map(({ time }) => time), new Date(last.getTime() + 1)] };
}

/** @param before bars before those of the later one */
function together(earlier: DataCheck, later: DataCheck, before: number): DataCheck {
  const findings = new Map<Finding['kind'], Finding>(earlier.findings.map((one) => [one.kind, one]));
  for (const one of later.findings) {
    const { count = 0 } = findings.get(one.kind) ?? {};
    const words = count === 0 ? one.words : `${one.words}; and ${count} earlier`;
    findings.set(one.kind, { ...one, row: one.row + before, count: one.count + count, words });
  }
  return {
    symbol: later.symbol,
    interval: later.interval ?? earlier.interval,
    findings: [...findings.values()],
    unusable: [...earlier.unusable, ...later.unusable.map((row) => row + before)],
  };
}
