import path from 'node:path';
import { openBarFile, parseColumns, type FileOptions, type Recognised } from '@ml-training/ingest';
import {
  checkJson,
  FleetError,
  intervalInWords,
  rulesOf,
  storeBars,
  type Bar,
  type Config,
  type Database,
} from '@ml-training/core';
import { findingLines } from '../findings.ts';
import { keepBars, splitJson, splitLines } from '../splits.ts';
import { print, printJson, statusLine } from '../output.ts';
import { withDatabase } from '../servers.ts';
import { commandConfig } from '../settings.ts';

interface Options {
  readonly format?: string;
  readonly symbol?: string;
  readonly timezone?: string;
  readonly columns?: string;
  readonly dates?: 'day-first' | 'month-first';
  readonly adjustSplits?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** Imports each file, or, of a dry run, only says what it is. */
export async function importFiles(files: readonly string[], options: Options): Promise<void> {
  const { columns, format, symbol, timezone, dates } = options;
  const given: FileOptions = {
    format,
    symbol,
    timezone,
    dates,
    columns: columns === undefined ? undefined : parseColumns(columns),
  };
  const results: object[] = [];
  if (options.dryRun === true) for (const file of files) results.push(await look(file, given, options));
  else
    await withDatabase(async (sql, config) => {
      for (const file of files) results.push(await importOne({ sql, config }, file, given, options));
    });
  if (options.json === true) printJson(results);
}

async function importOne(
  { sql, config }: { readonly sql: Database; readonly config: Config },
  file: string,
  given: FileOptions,
  options: Options,
): Promise<object> {
  const opened = await openBarFile(file, given, rulesOf(config));
  const line = progressLine(file);
  // There is nothing to tell of files that say everything themselves.
  const isOwn = (): boolean => opened.recognised().format === 'fleet';
  const result = await storeBars(sql, opened, {
    check: config,
    adjustSplits: options.adjustSplits === true,
    onProgress: line.show,
    onRead: () => {
      if (options.json === true || isOwn()) return;
      line.end();
      print(inWords(file, opened.recognised()));
    },
  });
  line.end();
  const { columns = [], checks = [], splits, ...counts } = result;
  if (options.json !== true) {
    print(
      `${file}: ${result.rows} rows of ${result.symbols.join(', ')}` +
        `${columns.length === 0 ? '' : ` with ${columns.join(', ')}`}: ` +
        `${result.inserted} new, ` +
        `${result.revised} revised, ${result.unchanged} unchanged`,
    );
    if (splits !== undefined) print(splitLines(splits));
    for (const { findings } of checks) for (const words of findingLines(findings)) print(words);
  }
  const recognised = isOwn() ? {} : { recognised: recognisedJson(opened.recognised()) };
  const data_check = Object.fromEntries(checks.map((one) => [one.symbol, checkJson(one)]));
  const adjusted = splits === undefined ? {} : { splits: splits.map(splitJson) };
  return { file, ...counts, columns, data_check, ...adjusted, ...recognised };
}

async function look(file: string, given: FileOptions, options: Options): Promise<object> {
  const opened = await openBarFile(file, given, rulesOf(commandConfig()));
  const line = progressLine(file);
  const kept = options.adjustSplits === true ? keepBars() : null;
  let rows = 0;
  for await (const { bars, bytes } of opened.batches) {
    rows += bars.length;
    kept?.add(bars);
    const { totalBytes } = opened;
    line.show({ stage: 'reading', rows, share: totalBytes > 0 ? bytes / totalBytes : null });
  }
  line.end();
  const recognised = opened.recognised();
  if (recognised.bars === 0) throw new FleetError('BARS_INVALID', `${file} has no bars`);
  const splits = kept?.splits();
  if (options.json !== true) {
    print(inWords(file, recognised));
    // The import looks at the bars that are stored around the file's as well.
    if (splits !== undefined) print(`${splitLines(splits)}; by the file's own bars alone`);
    print('  a dry run: nothing was written');
  }
  const adjusted = splits === undefined ? {} : { splits: splits.map(splitJson) };
  return { file, ...adjusted, recognised: recognisedJson(recognised) };
}

interface Progress {
  readonly stage: string;
  readonly rows: number;
  readonly share: number | null;
}

function progressLine(file: string): { show: (progress: Progress) => void; end: () => void } {
  const line = statusLine();
  const began = performance.now();
  return {
    show: ({ stage, rows, share }) => {
      // Short files are done before anybody could read a line about them.
      if (performance.now() - began < 1000) return;
      const percent = share === null ? '' : ` ${Math.floor(100 * share)} %,`;
      line.show(`${path.basename(file)}: ${stage}${percent} ${rows} rows`);
    },
    end: () => line.end(),
  };
}

/** What a file was recognised as, for people: a wrong guess is to be seen at once. */
function inWords(file: string, told: Recognised): string {
  const { interval, intervalOfName } = told;
  const doubt =
    interval === null || intervalOfName === null || interval === intervalOfName
      ? ''
      : `; BUT THE FILE'S NAME SAYS ${intervalInWords(intervalOfName).toUpperCase()}`;
  const symbols =
    told.symbols.length > 8
      ? `${told.symbols.slice(0, 8).join(', ')} … (${told.symbols.length} of them)`
      : told.symbols.join(', ');
  const order = told.order === 'ascending' ? 'oldest first' : 'newest first';
  return [
    `${file} is ${told.title} (${told.format})`,
    `  symbol    ${symbols}, ${told.symbolFrom}`,
    `  interval  ${intervalShown(told)}${doubt}`,
    `  zone      ${told.zone}`,
    `  bars      ${told.bars}, ${order}`,
    ...(told.first === null || told.last === null
      ? []
      : [`  first     ${barWords(told.first)}`, `  last      ${barWords(told.last)}`]),
    ...(told.rounded === 0
      ? []
      : [
          `  rounding  the high or low of ${told.rounded} bars was past open or close by less than 1e-12 of it: widened`,
        ]),
    `  columns   ${told.columns}${told.leftOut.length === 0 ? '' : `; left out: ${shortList(told.leftOut)}`}`,
  ].join('\n');
}

/** Of bars without a common distance the data check and trainings know none either. */
const intervalShown = ({ interval, bars, symbols }: Recognised): string =>
  interval !== null
    ? intervalInWords(interval)
    : bars > symbols.length
      ? 'none: no distance from bar to bar is common'
      : 'unknown: there is one bar';

const shortList = (names: readonly string[]): string =>
  names.length > 12 ? `${names.slice(0, 12).join(', ')} …` : names.join(', ');

const barWords = ({ time, open, high, low, close, volume }: Bar): string =>
  `${new Date(time)
    .toISOString()
    .replace('T', ' ')
    .replace(/(:00)?\.000Z$/, '')} UTC: open ${open}, high ${high}, ` +
  `low ${low}, close ${close}, volume ${volume ?? 'none'}`;

const recognisedJson = ({ interval, intervalOfName, first, last, ...told }: Recognised): object => ({
  format: told.format,
  title: told.title,
  symbols: told.symbols,
  symbol_from: told.symbolFrom,
  interval_seconds: interval === null ? null : interval / 1000,
  interval_of_name_seconds: intervalOfName === null ? null : intervalOfName / 1000,
  zone: told.zone,
  order: told.order,
  bars: told.bars,
  first: first === null ? null : new Date(first.time).toISOString(),
  last: last === null ? null : new Date(last.time).toISOString(),
  columns: told.columns,
  left_out: told.leftOut,
  rounded: told.rounded,
});
