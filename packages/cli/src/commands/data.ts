import {
  listSymbolOverviews,
  overviewJson,
  overviewsOf,
  pauseJson,
  readCloses,
  findGaps,
  type Config,
  type Database,
  type Gap,
  type SymbolOverview,
} from '@ml-training/core';
import { age, print, printJson, table, when } from '../output.ts';
import { withDatabase } from '../servers.ts';

/** Symbols that one statement looks at. */
const page = 50;
/** Newest bars of one symbol that are looked at for what is missing. */
const barsOfOne = 20_000;

/**
 * What bars there are; of one symbol, also where some are missing.
 * @throws Error for a symbol without bars
 */
export async function showData(symbol: string | undefined, options: { json?: true }): Promise<void> {
  await withDatabase(async (sql, config) => {
    if (symbol !== undefined) {
      await showOne(sql, config, symbol, options);
      return;
    }
    const all = await everySymbol(sql, config);
    if (options.json === true) printJson(all.map(overviewJson));
    else if (all.length === 0) print('No bars. "ml import FILE" loads some.');
    else print(overviewTable(all, new Date()));
  });
}

async function everySymbol(sql: Database, config: Config): Promise<SymbolOverview[]> {
  const all: SymbolOverview[] = [];
  let after: string | null = null;
  do {
    const found: { symbols: SymbolOverview[]; next: string | null } = await listSymbolOverviews(sql, config, {
      limit: page,
      after,
    });
    all.push(...found.symbols);
    after = found.next;
  } while (after !== null);
  return all;
}

async function showOne(
  sql: Database,
  config: Config,
  symbol: string,
  options: { json?: true },
): Promise<void> {
  const [one] = await overviewsOf(sql, config, [symbol]);
  if (one === undefined)
    throw new Error(
      `${JSON.stringify(symbol)} has no bars in market_data: "ml data" lists what has, "ml import FILE" loads some`,
    );
  const { time } = await readCloses(sql, symbol, barsOfOne);
  const { gaps, closedDays } = findGaps(time);
  if (options.json === true) {
    printJson({
      ...overviewJson(one),
      pauses: {
        looked_at: { bars: time.length, from: new Date(time[0]!) },
        gaps: gaps.map(pauseJson),
        closed_days: closedDays.map(pauseJson),
      },
    });
    return;
  }
  print(overviewTable([one], new Date()));
  print(`\nLooked for gaps in the newest ${time.length} bars, since ${when(new Date(time[0]!))} UTC.`);
  if (gaps.length === 0) print('No gap: in hours that usually have bars, none is missing.');
  else print(pauses('gap after (UTC)', gaps));
  if (closedDays.length > 0) print(`\n${pauses('most likely a holiday, after (UTC)', closedDays)}`);
}

const pauses = (title: string, list: readonly Gap[]): string =>
  table(
    [title, 'until (UTC)', 'bars missing'],
    list.map(({ from, to, missing }) => [when(new Date(from)), when(new Date(to)), missing]),
  );

const overviewTable = (all: readonly SymbolOverview[], now: Date): string =>
  table(
    ['symbol', 'bars', 'first (UTC)', 'last (UTC)', 'newest bar', 'gaps', 'missing', 'models', 'trained'],
    all.map((one) => [
      one.symbol,
      `${one.exact ? '' : '~'}${one.bars}`,
      when(one.first),
      when(one.last),
      age(one.last, now),
      one.gaps.length,
      one.gaps.reduce((sum, { missing }) => sum + missing, 0),
      one.models.join(' '),
      one.notTrained === null ? 'yes' : `no: ${one.notTrained}`,
    ]),
  );
