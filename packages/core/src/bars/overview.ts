import { strategyTypes, type StrategyType } from '@ml-training/sdk';
import type { Database } from '../database/connect.ts';
import { isSymbol, noSymbol } from '../symbol.ts';
import { unpack } from './read.ts';
import { findGaps, type Gap, type Gaps } from './gaps.ts';
import { isQuiet, quietLooksAt } from './quiet.ts';
import { barsIn } from './source.ts';

/** Newest bars of a symbol that are looked at for gaps. */
const barsLookedAt = 1000;
/** Bars counted for one page of symbols, all together: some 15 ms. */
const countedAPage = 60_000;

export interface SymbolOverview extends Gaps {
  readonly symbol: string;
  readonly first: Date;
  /** The newest; bars of the day after tomorrow and later don't count, as they can't be right. */
  readonly last: Date;
  /** Whether there are bars beyond `last`. */
  readonly future: boolean;
  readonly bars: number;
  /**
   * False where there are so many that they were estimated: by the newest ones that were counted, and how far
   * back all go.
   */
  readonly exact: boolean;
  /** Since the newest bar, in seconds. */
  readonly ageSeconds: number;
  /** Whether bars come of it no more, as of one that is delisted: it isn't trained again until one comes. */
  readonly quiet: boolean;
  /** Newest bars that gaps were looked for in, and since when. */
  readonly lookedAt: { readonly bars: number; readonly from: Date };
  /** Why a run leaves it out; null when it is trained. */
  readonly notTrained: string | null;
  /** Strategies that have a model of it in use. */
  readonly models: readonly StrategyType[];
}

interface Settings {
  readonly MIN_TRAINING_DATA_POINTS: number;
  readonly TRAINING_SYMBOLS: readonly string[];
}

/**
 * Symbols with bars in the order of the database, with what there is of each: an index entry a symbol before
 * the first of the page, and a bounded number of bars of those on it, however many there are.
 * @param options.after the last symbol of the page before
 * @param options.search part of the name, in any case of letters
 * @returns `next` to go on after; null at the end
 */
export async function listSymbolOverviews(
  sql: Database,
  settings: Settings,
  options: { readonly limit: number; readonly after?: string | null; readonly search?: string },
): Promise<{ symbols: SymbolOverview[]; next: string | null }> {
  const { limit, after = null, search = '' } = options;
  const names = await symbolNames(sql, { limit: limit + 1, after, search });
  const page = names.slice(0, limit);
  return {
    symbols: await overviewsOf(sql, settings, page),
    next: names.length > limit ? page.at(-1)! : null,
  };
}

/** Names of symbols after another one. Each is found by a step in the primary key, whatever lies between. */
async function symbolNames(
  sql: Database,
  { limit, after, search }: { limit: number; after: string | null; search: string },
): Promise<string[]> {
  const { from } = await barsIn(sql);
  const rows = await sql<{ symbol: string }[]>`
    WITH RECURSIVE known (symbol) AS (
      (SELECT m.symbol FROM ${from} ${after === null ? sql`` : sql`WHERE m.symbol > ${after}`}
        ORDER BY m.symbol LIMIT 1)
      UNION ALL
      SELECT (SELECT m.symbol FROM ${from} WHERE m.symbol > k.symbol ORDER BY m.symbol LIMIT 1)
      FROM known k WHERE k.symbol IS NOT NULL)
    SELECT symbol FROM known
    WHERE symbol IS NOT NULL ${
      search === ''
        ? sql``
        : sql`
        AND position(lower(${search}) IN lower(symbol)) > 0`
    }
    LIMIT ${limit}`;
  return rows.map(({ symbol }) => symbol);
}

interface Row {
  readonly symbol: string;
  readonly now: Date;
  readonly first: Date | null;
  readonly future: boolean;
  readonly times: Uint8Array | null;
  readonly models: StrategyType[] | null;
}

/** @param symbols in the order wanted; those without bars are left out */
export async function overviewsOf(
  sql: Database,
  settings: Settings,
  symbols: readonly string[],
): Promise<SymbolOverview[]> {
  if (symbols.length === 0) return [];
  const upTo = Math.max(
    barsLookedAt,
    Math.floor(countedAPage / symbols.length),
    // Where more are asked for than can be counted each time, the estimate decides.
    Math.min(settings.MIN_TRAINING_DATA_POINTS, 5 * barsLookedAt),
  );
  // The times are read once, for counting and for gaps, as PostgreSQL sends them: as seconds they took twice
  // as long. The limit stands in the statement's text: else PostgreSQL may plan to collect all of a symbol's
  // bars before it stops.
  const bars = await barsIn(sql);
  const tomorrow = sql`now() + interval '1 day'`;
  const rows = await sql<Row[]>`
    SELECT s.symbol, now() AS now, first.time AS first, future.is AS future, newest.times,
      models.types AS models
    FROM unnest(${[...symbols]}::text[]) WITH ORDINALITY AS s (symbol, place)
    LEFT JOIN LATERAL (
      SELECT m.time FROM ${bars.from} WHERE m.symbol = s.symbol AND ${bars.finite} ORDER BY ${bars.time}
        LIMIT 1) first ON true
    CROSS JOIN LATERAL (
      SELECT EXISTS (SELECT FROM ${bars.from} WHERE m.symbol = s.symbol
        AND ${bars.when('>', tomorrow)}) AS is) future
    CROSS JOIN LATERAL (
      SELECT string_agg(timestamptz_send(time), '') AS times FROM (
        SELECT m.time FROM ${bars.from}
        WHERE m.symbol = s.symbol AND ${bars.when('<=', tomorrow)} AND ${bars.finite}
        ORDER BY ${bars.time} DESC LIMIT ${sql.unsafe(String(upTo))}) n) newest
    CROSS JOIN LATERAL (
      SELECT array_agg(t ORDER BY t) AS types FROM unnest(${[...strategyTypes()]}::text[]) t
      WHERE EXISTS (SELECT FROM ml_model_registry r
                    WHERE r.strategy_type = t AND r.symbol = s.symbol AND r.is_active)) models
    ORDER BY s.place`;
  return rows.flatMap((row) => overviewOf(row, upTo, settings) ?? []);
}

function overviewOf(row: Row, upTo: number, settings: Settings): SymbolOverview | null {
  const { symbol, now, first, future } = row;
  const counted = sentTimes(row.times);
  const newest = counted.at(-1);
  if (first === null || newest === undefined) return null;
  const last = new Date(newest);
  const times = counted.subarray(-barsLookedAt);
  const span = (since: number): number => newest - since;
  const exact = counted.length < upTo || first.getTime() >= counted[0]!;
  const bars = exact
    ? counted.length
    : Math.round(counted.length * (span(first.getTime()) / Math.max(1, span(counted[0]!))));
  return {
    symbol,
    first,
    last,
    future,
    bars,
    exact,
    ageSeconds: Math.max(0, (now.getTime() - last.getTime()) / 1000),
    lookedAt: { bars: times.length, from: new Date(times[0]!) },
    quiet: isQuiet(
      { bars: counted.length, newest, longestPause: longestPause(counted.subarray(-quietLooksAt)) },
      now.getTime(),
    ),
    ...findGaps(times),
    notTrained: notTrained(symbol, { bars, exact }, settings),
    models: row.models ?? [],
  };
}

function longestPause(times: Float64Array): number {
  let longest = 0;
  for (let i = 1; i < times.length; i++) longest = Math.max(longest, times[i]! - times[i - 1]!);
  return longest;
}

/**
 * Microseconds since 2000 as PostgreSQL sends them, newest first; gives milliseconds since the epoch, oldest
 * first.
 */
function sentTimes(newestFirst: Uint8Array | null): Float64Array {
  const { buffer, byteOffset, length } = newestFirst ?? new Uint8Array();
  const sent = new DataView(buffer, byteOffset, length);
  const times = new Float64Array(length / 8);
  // Halves of the 64 bits as numbers: by way of a bigint each it took ten times as long.
  for (let i = 0; i < times.length; i++) {
    const micro = sent.getInt32(8 * i) * 2 ** 32 + sent.getUint32(8 * i + 4);
    times[times.length - 1 - i] = since2000 + micro / 1000;
  }
  return times;
}

const since2000 = Date.UTC(2000);

/** As they come, newest first, in seconds; gives milliseconds, oldest first. */
const timesOf = (packed: Uint8Array | null): Float64Array =>
  unpack(packed).map((seconds) => Math.round(seconds * 1e6) / 1e3);

/** As a run decides it (jobs/plan.ts). */
function notTrained(
  symbol: string,
  { bars, exact }: { readonly bars: number; readonly exact: boolean },
  settings: Settings,
): string | null {
  const { MIN_TRAINING_DATA_POINTS: needed, TRAINING_SYMBOLS: wanted } = settings;
  if (!isSymbol(symbol)) return noSymbol;
  if (wanted.length > 0 && !wanted.includes(symbol)) return 'not one of TRAINING_SYMBOLS';
  const has = `${exact ? '' : 'about '}${bars} bars`;
  return bars < needed ? `${has}, MIN_TRAINING_DATA_POINTS asks for ${needed}` : null;
}

/** Closes of the newest bars of a symbol, oldest first; times in milliseconds since the epoch. */
export async function readCloses(
  sql: Database,
  symbol: string,
  limit: number,
): Promise<{ time: Float64Array; close: Float64Array }> {
  const bars = await barsIn(sql);
  const [packed] = await sql<[{ time: Uint8Array | null; close: Uint8Array | null }]>`
    SELECT string_agg(float8send(date_part('epoch', time)), '') AS time, string_agg(float8send(close),
      '') AS close
    FROM (SELECT m.time, m.close FROM ${bars.from}
          WHERE m.symbol = ${symbol} AND ${bars.when('<=', sql`now() + interval '1 day'`)} AND ${bars.finite}
          ORDER BY ${bars.time} DESC LIMIT ${sql.unsafe(String(limit))}) n`;
  return { time: timesOf(packed.time), close: unpack(packed.close) };
}

/**
 * Fewer points of a line that look the same: of each stretch its lowest and its highest, in their order, and
 * both ends.
 * @param most points to keep, 4 or more
 */
export function thinOut(
  { time, close }: { readonly time: Float64Array; readonly close: Float64Array },
  most: number,
): { time: number[]; close: number[] } {
  const count = time.length;
  if (count <= most) return { time: [...time], close: [...close] };
  const kept = new Set([0, count - 1]);
  const stretches = Math.floor((most - 2) / 2);
  for (let s = 0; s < stretches; s++) {
    const from = Math.floor((s * count) / stretches);
    const to = Math.floor(((s + 1) * count) / stretches);
    let low = from;
    let high = from;
    for (let i = from; i < to; i++) {
      if (close[i]! < close[low]!) low = i;
      if (close[i]! > close[high]!) high = i;
    }
    kept.add(low).add(high);
  }
  const places = [...kept].sort((a, b) => a - b);
  return { time: places.map((i) => time[i]!), close: places.map((i) => close[i]!) };
}

/** As the API and `ml data --json` show it: times ISO 8601, what is missing added up. */
export const overviewJson = (one: SymbolOverview) => ({
  symbol: one.symbol,
  first_bar: one.first.toISOString(),
  last_bar: one.last.toISOString(),
  future_bars: one.future,
  bars: one.bars,
  bars_exact: one.exact,
  age_seconds: one.ageSeconds,
  step_seconds: one.step === null ? null : one.step / 1000,
  gaps: one.gaps.length,
  missing_bars: one.gaps.reduce((sum, { missing }) => sum + missing, 0),
  closed_days: one.closedDays.length,
  calendar: one.calendar,
  quiet: one.quiet,
  looked_at: { bars: one.lookedAt.bars, from: one.lookedAt.from.toISOString() },
  trainable: one.notTrained === null,
  not_trained_because: one.notTrained,
  models: [...one.models],
});

export const pauseJson = ({ from, to, missing }: Gap) => ({
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
  missing_bars: missing,
});
