import {
  checkBars,
  checkJson,
  listSymbolOverviews,
  overviewJson,
  overviewsOf,
  pauseJson,
  readBars,
  findGaps,
  intervalInWords,
  type Config,
  type Database,
  type DataCheck,
  type Gap,
  type SymbolOverview,
} from '@ml-training/core';
import { coverageOf, drawCoverage } from './coverage.ts';
import { age, print, printJson, table, when } from '../output.ts';
import { withDatabase } from '../servers.ts';

/** Symbols that one statement looks at. */
const page = 50;
/** Newest bars of one symbol that are looked at for what is missing. */
const barsOfOne = 20_000;
/** And of each of all. */
const barsOfEach = 1000;
const findingsShown = 30;

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
    const checks: DataCheck[] = [];
    for (const { symbol: name } of all) checks.push(await checkNewest(sql, config, name, barsOfEach));
    if (options.json === true)
      printJson(all.map((one, i) => ({ ...overviewJson(one), data_check: checkJson(checks[i]!) })));
    else if (all.length === 0) print('No bars. "ml import FILE" loads some.');
    else {
      print(overviewTable(all, new Date()));
      const words = checks.flatMap(({ findings }) => findings.map((one) => one.words));
      const more = words.length > findingsShown ? [`and ${words.length - findingsShown} more`] : [];
      if (words.length > 0)
        print(
          [
            '',
            `Found in the newest ${barsOfEach} bars of each:`,
            ...words.slice(0, findingsShown),
            ...more,
          ].join('\n'),
        );
    }
  });
}

/** What the data check, which trainings use, finds in the newest bars. */
async function checkNewest(sql: Database, config: Config, symbol: string, count: number): Promise<DataCheck> {
  const bars = await readBars(sql, symbol, count);
  return checkBars(bars, { now: Date.now(), negative: config.NEGATIVE_PRICES, stamped: config.BAR_TIMES });
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
  const bars = await readBars(sql, symbol, barsOfOne);
  const time = bars.time.filter((at) => at > -Infinity && at <= one.last.getTime());
  const check = checkBars(bars, {
    now: Date.now(),
    negative: config.NEGATIVE_PRICES,
    stamped: config.BAR_TIMES,
  });
  const { gaps, closedDays } = findGaps(time);
  const coverage = await coverageOf(sql, symbol, one.first, one.last);
  if (options.json === true) {
    printJson({
      ...overviewJson(one),
      data_check: checkJson(check),
      coverage,
      pauses: {
        looked_at: { bars: time.length, from: new Date(time[0]!) },
        gaps: gaps.map(pauseJson),
        closed_days: closedDays.map(pauseJson),
      },
    });
    return;
  }
  print(overviewTable([one], new Date()));
  const { interval, findings } = check;
  print(
    `\nBars a ${coverage.every}, from its first on${interval === null ? '' : `; one every ${intervalInWords(interval)}`}:`,
  );
  print(drawCoverage(coverage));
  print(
    findings.length === 0
      ? `\nThe data check finds nothing wrong with the newest ${bars.time.length} bars.`
      : `\nThe data check finds in the newest ${bars.time.length} bars:\n${findings.map(({ words }) => `- ${words}`).join('\n')}`,
  );
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
