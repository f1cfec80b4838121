import { FleetError, barSymbolProblem, type BarOrder, type BarRules } from '@ml-training/core';
import type { Recognised } from './facts.ts';
import { factsOfName } from './file-name.ts';
import type { TextFormat } from './format.ts';
import { billionths, decimalOf, numberReader, withMagnitude, type ReadNumber } from './numbers.ts';
import type { FileOptions } from './options.ts';
import { textOf, timeCell, type BarPlaces, type RowPlan } from './rows.ts';
import type { Table } from './table.ts';
import { createLearner, decideTimes, type Learned, type Times } from './times.ts';
import { zoneOf } from './zone.ts';

/** What is known of a table before its rows are read. */
export interface TableFacts {
  readonly format: Pick<TextFormat, 'name' | 'title' | 'zone' | 'zoneHint' | 'billionths' | 'rounding'>;
  readonly bars: readonly BarPlaces[];
  readonly fields: number | null;
  /** What stands between fields of text. */
  readonly delimiter: string;
  readonly rules: BarRules;
}

/** All but what the bars themselves tell. */
type Told = Omit<Recognised, 'symbols' | 'interval' | 'bars' | 'first' | 'last' | 'rounded'>;

/**
 * How the rows of a table become bars: its symbol, the zone and kind of its times, its order, its decimals.
 * @param name of the file, which may tell the symbol
 * @throws FleetError BARS_INVALID asking, with the option to give, for what can't be told
 */
export async function planRows(
  file: string,
  name: string,
  table: Table,
  { format, bars, fields, delimiter, rules }: TableFacts,
  options: FileOptions,
): Promise<{ plan: RowPlan; told: Told }> {
  if (table.sample.length === 0) throw new FleetError('BARS_INVALID', `${file} has no bars`);
  const named = factsOfName(name);
  const symbol = symbolOf(file, bars, named?.symbol, options);
  const placed = bars.map((one) => ({ ...one, symbol: symbol.given ?? one.symbol }));
  const { places } = placed[0]!;

  const learned = await learn(table, places, options);
  const zoneName = options.timezone ?? format.zone;
  const decide = (descending: boolean): Times =>
    decideTimes(file, learned, {
      zone: zoneName === undefined ? null : zoneOf(zoneName),
      descending,
      hint: format.zoneHint ?? '',
    });
  const order = orderOf(table, places, decide(false));
  const times = decide(order === 'descending');
  const { price, volume } = numbersOf(file, table, { format, bars, delimiter }, options);

  const rounded = { bars: 0 };
  const columnName = (place: number): string => table.header?.[place] ?? String(place + 1);
  const taken = new Set(placed.flatMap((one) => Object.values<number | null>({ ...one.places })));
  const shown = Object.entries(places).filter((entry): entry is [string, number] => entry[1] !== null);
  return {
    plan: {
      bars: placed,
      oneSymbol: symbol.given !== null && places.symbol !== null,
      fields,
      price,
      volume,
      times,
      order,
      word: table.word,
      rules,
      rounding: format.rounding ?? 0,
      rounded,
    },
    told: {
      format: format.name,
      title: format.title,
      symbolFrom: symbol.from,
      intervalOfName: named?.interval ?? null,
      zone: times.words,
      order,
      columns: shown.map(([role, place]) => `${role}=${columnName(place)}`).join(', '),
      leftOut: (table.header ?? []).filter((_, place) => !taken.has(place)),
    },
  };
}

function symbolOf(
  file: string,
  bars: readonly BarPlaces[],
  ofName: string | undefined,
  { symbol }: FileOptions,
): { given: string | null; from: string } {
  const problem = symbol === undefined ? undefined : barSymbolProblem(symbol);
  if (problem !== undefined) throw new FleetError('BARS_INVALID', `--symbol: ${problem}`);
  const inFile = bars[0]!.places.symbol !== null || bars[0]!.symbol !== null;
  if (symbol !== undefined) {
    if (bars.length > 1)
      throw new FleetError(
        'BARS_INVALID',
        `${file} has ${bars.length} symbols, so that --symbol ${symbol} can't be the name of all`,
      );
    return { given: symbol, from: '--symbol' };
  }
  if (inFile) return { given: null, from: 'in the file' };
  if (ofName !== undefined) return { given: ofName, from: "of the file's name" };
  throw new FleetError(
    'BARS_INVALID',
    `${file}: neither its columns nor its name say of which symbol its bars are: say --symbol NAME`,
  );
}

/** Reads the sample's times, and on as far as needed. */
async function learn(table: Table, places: BarPlaces['places'], { dates }: FileOptions): Promise<Learned> {
  const learner = createLearner(dates);
  const seeAll = (rows: Table['sample']): void => {
    for (const { cells } of rows) {
      const cell = timeCell(cells, places);
      if (cell !== null && cell !== '') learner.see(cell);
    }
  };
  seeAll(table.sample);
  if (learner.learned().unclear === null || table.again === null) return learner.learned();
  for await (const rows of (await table.again()).rows()) {
    seeAll(rows);
    if (learner.learned().unclear === null) break;
  }
  return learner.learned();
}

/** By the first two bars of a symbol that differ in time. */
function orderOf({ sample }: Table, places: BarPlaces['places'], times: Times): BarOrder {
  const firsts = new Map<unknown, number>();
  for (const { cells } of sample) {
    const cell = timeCell(cells, places);
    const time = cell === null ? '' : times.read(cell, null);
    if (typeof time === 'string') continue;
    const symbol = places.symbol === null ? '' : cells[places.symbol];
    const first = firsts.get(symbol);
    if (first === undefined) firsts.set(symbol, time);
    else if (time !== first) return time > first ? 'ascending' : 'descending';
  }
  return 'ascending';
}

function numbersOf(
  file: string,
  { sample }: Table,
  { format, bars, delimiter }: Pick<TableFacts, 'format' | 'bars' | 'delimiter'>,
  options: FileOptions,
): { price: ReadNumber; volume: ReadNumber } {
  const { open, high, low, close, time } = bars[0]!.places;
  const prices = sample
    .slice(0, 500)
    .flatMap(({ cells }) => [open, high, low, close].map((place) => cells[place]))
    .filter((cell) => typeof cell === 'string');
  const german =
    format.name === 'excel-german' ||
    sample.slice(0, 5).some(({ cells }) => /^\d\d?\.\d\d?\./.test(textOf(cells[time])));
  const found =
    options.format === 'csv'
      ? '.'
      : options.format === 'excel-german'
        ? ','
        : decimalOf(delimiter, prices, german);
  if (found === null)
    throw new FleetError(
      'BARS_INVALID',
      `${file}: in the price ${prices.find((text) => /[.,]/.test(text)) ?? ''} the sign could be that of decimals, ` +
        'or one between thousands, and so in all of its prices: say --format csv for decimal points, ' +
        '--format excel-german for decimal commas',
    );
  const read = numberReader(found);
  const whole = format.billionths === true && prices.every((text) => !text.includes('.'));
  return { price: whole ? billionths : read, volume: withMagnitude(read) };
}
