// The data check of an import, before anything of it is in market_data.
import type postgres from 'postgres';
import { FleetError } from '../../errors.ts';
import { readPacked } from '../read.ts';
import { refusalWords, type CheckSettings } from './admit.ts';
import { checkBars, type DataCheck, type Finding } from './index.ts';

/** Bars looked at once: 10 MB, so that the memory stays the same however long a file is. */
const atOnce = 200_000;
/** Bars of market_data before and after those of the file, which tell what fits. */
const around = 500;

/**
 * Checks the rows of pg_temp.ml_training_import, each symbol's with the bars of market_data around and between them,
 * as they would stand after the import. Not whether they go on until now: an archive need not.
 * @throws FleetError BARS_REFUSED for bars after now; for any finding with DATA_CHECK=refuse
 */
export async function checkStaged(
  own: postgres.TransactionSql,
  { file, symbols, rows }: { file: string; symbols: readonly string[]; rows: number },
  settings: CheckSettings,
): Promise<DataCheck[]> {
  // Else all rows would be read for each symbol and each stretch: of a long file many times over.
  if (symbols.length > 3 || rows > atOnce)
    await own`CREATE INDEX ON pg_temp.ml_training_import (symbol, time)`;
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
  for (const symbol of symbols) checks.push(await checkSymbol(own, symbol, settings));
  const found = checks.flatMap(({ findings }) => findings);
  if (settings.DATA_CHECK === 'refuse' && found.length > 0)
    throw new FleetError('BARS_REFUSED', `${file}: nothing was imported: ${refusalWords(found)}`);
  return checks;
}

async function checkSymbol(
  own: postgres.TransactionSql,
  symbol: string,
  settings: CheckSettings,
): Promise<DataCheck> {
  const options = {
    now: Date.now(),
    negative: settings.NEGATIVE_PRICES,
    stamped: settings.BAR_TIMES,
    upToNow: false,
  };
  let after: Date | null = null;
  let whole: DataCheck = { symbol, interval: null, findings: [], unusable: [] };
  for (let before = 0; ;) {
    const from: Date | null = after;
    const rows = own`
      SELECT * FROM (
        SELECT * FROM (
          SELECT time, open, high, low, close, volume FROM pg_temp.ml_training_import WHERE symbol = ${symbol}
          UNION ALL
          SELECT m.time, m.open, m.high, m.low, m.close, m.volume FROM market_data m,
            (SELECT min(time) AS first, max(time) AS last FROM pg_temp.ml_training_import
             WHERE symbol = ${symbol}) s,
            LATERAL (SELECT coalesce(min(time), s.first) AS from FROM (
              SELECT time FROM market_data WHERE symbol = ${symbol} AND time < s.first AND time > '-infinity'
              ORDER BY time DESC LIMIT ${around}) b) b,
            LATERAL (SELECT coalesce(max(time), s.last) AS to FROM (
              SELECT time FROM market_data WHERE symbol = ${symbol} AND time > s.last AND time <= now()
              ORDER BY time LIMIT ${around}) a) a
          WHERE m.symbol = ${symbol} AND m.time BETWEEN b.from AND a.to AND NOT EXISTS (
            SELECT FROM pg_temp.ml_training_import n WHERE n.symbol = ${symbol} AND n.time = m.time)) u
        ${from === null ? own`` : own`WHERE time >= ${from}`}
        ORDER BY time LIMIT ${atOnce}) newer ORDER BY time DESC`;
    const bars = await readPacked(own, symbol, rows, []);
    const count = bars.time.length;
    whole = together(whole, checkBars(bars, options), before);
    if (count < atOnce) return whole;
    // The last one once more, so that nothing between two stretches is missed.
    after = new Date(bars.time.at(-1)!);
    before += count - 1;
  }
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
