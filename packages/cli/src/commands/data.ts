import {
  barsPlaceOf,
  checkJson,
  checkNewest,
  inShort,
  listSymbolOverviews,
  notSaid,
  overviewJson,
  overviewsOf,
  pauseJson,
  findGaps,
  intervalInWords,
  shortFindings,
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
    for (let at = 0; at < all.length; at += page) {
      const names = all.slice(at, at + page).map((one) => one.symbol);
      checks.push(...(await checkNewest(sql, config, names, barsOfEach)));
    }
    if (options.json === true)
      printJson(all.map((one, i) => ({ ...overviewJson(one), data_check: checkJson(checks[i]!) })));
    else if (all.length === 0) print(`No bars in ${barsPlaceOf(sql).name}: ${barsPlaceOf(sql).get('some')}.`);
    else {
      const found = all.map(({ quiet }, i) => shortFindings(checks[i]!.findings, quiet));
      print(overviewTable(all, found.map(inShort), new Date()));
      const words = found.flatMap((findings) => findings.map((one) => one.words));
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
      if (all.some(({ quiet }) => quiet)) print(`\n${quietWords}`);
    }
  });
}

const quietWords =
  'Quiet: bars come of it no more, as of one that is delisted. It is not trained again until one comes.';

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
  const { name, get } = barsPlaceOf(sql);
  if (one === undefined)
    throw new Error(
      `${JSON.stringify(symbol)} has no bars in ${name}: "ml data" lists what has; ${get('some')}`,
    );
  const check = (await checkNewest(sql, config, [symbol], barsOfOne))[0]!;
  const time = check.times.filter((at) => at > -Infinity && at <= one.last.getTime());
  const { gaps, closedDays, calendar } = findGaps(time);
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
  const { interval } = check;
  const findings = notSaid(check.findings, one.quiet);
  print(overviewTable([one], [inShort(shortFindings(findings, one.quiet))], new Date()));
  if (one.quiet) print(`\n${quietWords}`);
  print(
    `\nBars a ${coverage.every}, from its first on${interval === null ? '' : `; one every ${intervalInWords(interval)}`}:`,
  );
  print(drawCoverage(coverage));
  print(
    findings.length === 0
      ? `\nThe data check finds nothing wrong with the newest ${check.times.length} bars.`
      : `\nThe data check finds in the newest ${check.times.length} bars:\n${findings.map(({ words }) => `- ${words}`).join('\n')}`,
  );
  print(
    `\nLooked for gaps in the newest ${time.length} bars, since ${when(new Date(time[0]!))} UTC${calendar === null ? '' : `, by the trading days of ${calendar}`}.`,
  );
  if (gaps.length === 0) print('No gap: in hours that usually have bars, none is missing.');
  else print(pauses('gap after (UTC)', gaps));
  if (closedDays.length > 0) print(`\n${pauses('most likely a holiday, after (UTC)', closedDays)}`);
}

const pauses = (title: string, list: readonly Gap[]): string =>
  table(
    [title, 'until (UTC)', 'bars missing'],
    list.map(({ from, to, missing }) => [when(new Date(from)), when(new Date(to)), missing]),
  );

const overviewTable = (all: readonly SymbolOverview[], found: readonly string[], now: Date): string =>
  table(
    [
      'symbol',
      'bars',
      'first (UTC)',
      'last (UTC)',
      'newest bar',
      'gaps',
      'missing',
      'check',
      'models',
      'trained',
    ],
    all.map((one, i) => [
      one.symbol,
      `${one.exact ? '' : '~'}${one.bars}`,
      when(one.first),
      when(one.last),
      `${age(one.last, now)}${one.quiet ? ', quiet' : ''}`,
      one.gaps.length,
      one.gaps.reduce((sum, { missing }) => sum + missing, 0),
      found[i] ?? '',
      one.models.join(' '),
      one.notTrained === null ? 'yes' : `no: ${one.notTrained}`,
    ]),
  );
