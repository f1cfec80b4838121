import {
  backOff,
  newestBars,
  pause,
  type CheckSettings,
  type Database,
  type DataCheck,
} from '@ml-training/core';
import type { Bourse } from './ccxt.ts';
import { storeCandles, type Candle } from './store-candles.ts';

export interface Wanted {
  readonly symbol: string;
  /** As ccxt writes it: 1m, 5m, 1h, 1d. */
  readonly interval: string;
  /** From when on, ms; null: from the newest bar on that there is. */
  readonly since: number | null;
}

export interface Fetched {
  readonly symbol: string;
  readonly inserted: number;
  readonly revised: number;
  readonly from: Date | null;
  readonly to: Date | null;
}

interface Surroundings {
  readonly sql: Database;
  readonly exchange: Bourse;
  readonly check: CheckSettings;
  /** What the data check says of bars that were stored, with those around them. */
  readonly onChecked: (check: DataCheck) => void;
  readonly onProgress: (progress: { bars: number; at: number }) => void;
  readonly onRetry: (reason: string, ms: number) => void;
  readonly stopping: AbortSignal;
  /** Pauses before further tries; a minute at the most unless given. */
  readonly backOffMs?: { readonly first: number; readonly max: number };
}

/** Bars that are asked for at once, where an exchange doesn't give fewer. */
const mostBars = 1000;
/** Bars that are stored at once: what is lost at the most when the command is killed. */
const storedAtOnce = 5000;
/** Without a word on since when, and without any bar. */
const firstBars = 1000;
/** In a row; with the pauses between them some ten minutes. */
const maxFailures = 12;

/**
 * Fetches the closed bars of a symbol that are not there yet, oldest first, and stores each few thousand of them, by
 * the checks of an import: what was stored stays, and the same call goes on from there.
 * @throws Error where the exchange doesn't have the symbol or interval, or answers with errors for long; what
 *   `storeCandles` throws
 */
export async function fetchBars(around: Surroundings, { symbol, interval, since }: Wanted): Promise<Fetched> {
  const { sql, exchange, check, onChecked, onProgress, stopping } = around;
  const step = intervalMs(exchange, interval);
  await retried(around, () => exchange.loadMarkets());
  if (exchange.markets?.[symbol] === undefined) throw unknownSymbol(exchange, symbol);
  // Not before this machine's clock says so as well: the data check goes by that one.
  const ahead = Math.min(0, await clockAhead(around));
  const now = (): number => Date.now() + ahead;
  const newest = (await newestBars(sql, [symbol])).get(symbol)?.getTime();
  const start = since ?? (newest === undefined ? now() - firstBars * step : newest + step);

  const total = { inserted: 0, revised: 0, from: Infinity, to: -Infinity };
  const pageBars = mostAtOnce(exchange);
  let waiting: Candle[] = [];
  const store = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const { inserted, revised, checks } = await storeCandles(
      sql,
      { from: exchange.id, symbol, candles: waiting },
      check,
    );
    checks?.forEach(onChecked);
    total.inserted += inserted;
    total.revised += revised;
    total.from = Math.min(total.from, waiting[0]![0]!);
    total.to = Math.max(total.to, waiting.at(-1)![0]!);
    waiting = [];
  };
  let cursor = await nextMissing(sql, symbol, start, step);
  while (cursor + step <= now()) {
    stopping.throwIfAborted();
    const page = await retried(around, () => exchange.fetchOHLCV(symbol, interval, cursor, pageBars));
    const fresh = closedBars(page, { from: cursor, step, now: now() });
    waiting.push(...fresh);
    onProgress({ bars: total.inserted + waiting.length, at: fresh.at(-1)?.[0] ?? cursor });
    if (waiting.length >= storedAtOnce) await store();
    const last = fresh.at(-1)?.[0];
    // Some exchanges answer with nothing for a time before the first trade.
    const reached = last === undefined ? cursor + pageBars * step : last! + step;
    cursor = await nextMissing(sql, symbol, reached, step);
  }
  await store();
  const { inserted, revised, from, to } = total;
  const any = Number.isFinite(from);
  return { symbol, inserted, revised, from: any ? new Date(from) : null, to: any ? new Date(to) : null };
}

/** Closed bars from a time on, in order, each once, whatever order and overlap an exchange gives them in. */
export function closedBars(
  page: readonly Candle[],
  { from, step, now }: { readonly from: number; readonly step: number; readonly now: number },
): Candle[] {
  const byTime = new Map<number, Candle>();
  for (const candle of page) {
    const [time] = candle;
    if (typeof time === 'number' && time >= from && time + step <= now) byTime.set(time, candle);
  }
  return [...byTime.values()].sort((a, b) => a[0]! - b[0]!);
}

/** Of spot markets, where ccxt knows it; its types leave open what an exchange's features are. */
function mostAtOnce({ features }: Bourse): number {
  const { spot } = features as { spot?: { fetchOHLCV?: { limit?: number } } };
  return Math.min(mostBars, spot?.fetchOHLCV?.limit ?? mostBars);
}

/** @throws Error naming the intervals that there are */
function intervalMs(exchange: Bourse, interval: string): number {
  const [, count, unit] = /^(\d+)([smhdw])$/.exec(interval) ?? [];
  const names = Object.keys(exchange.timeframes);
  if (count === undefined || unit === undefined || !names.includes(interval))
    throw new Error(
      `${exchange.id} has no bars of ${JSON.stringify(interval)}: --interval is one of ` +
        names.filter((name) => /[smhdw]$/.test(name)).join(', '),
    );
  return Number(count) * { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }[unit]!;
}

function unknownSymbol({ id, markets }: Bourse, symbol: string): Error {
  const wanted = symbol.replaceAll(/[^A-Za-z0-9]/g, '').toUpperCase();
  const names = Object.keys(markets as Record<string, unknown>);
  const alike = names.filter((name) =>
    name
      .replaceAll(/[^A-Za-z0-9]/g, '')
      .toUpperCase()
      .startsWith(wanted),
  );
  return new Error(
    `${id} has no ${symbol}` +
      (alike.length > 0
        ? `: is it ${alike.slice(0, 5).join(' or ')}?`
        : `; it has ${names.length}, such as ${names.slice(0, 3).join(', ')}`),
  );
}

/** By how much the exchange's clock is ahead, in ms: a bar has closed when it has there. */
async function clockAhead(around: Surroundings): Promise<number> {
  const { exchange } = around;
  if (exchange.has['fetchTime'] !== true) return 0;
  const time = await retried(around, () => exchange.fetchTime());
  return typeof time === 'number' ? time - Date.now() : 0;
}

/** The first time from `from` on at which no bar is there. */
async function nextMissing(sql: Database, symbol: string, from: number, step: number): Promise<number> {
  const [there] = await sql`
    SELECT FROM market_data
    WHERE symbol = ${symbol} AND time >= ${new Date(from)} AND time < ${new Date(from + step)} LIMIT 1`;
  if (there === undefined) return from;
  const [row] = await sql<{ next: Date | null }[]>`
    SELECT min(time) + ${step} * interval '1 ms' AS next
    FROM (SELECT time, lead(time) OVER (ORDER BY time) AS after FROM market_data
          WHERE symbol = ${symbol} AND time >= ${new Date(from)}) later
    WHERE after IS NULL OR after > time + ${step} * interval '1 ms'`;
  return row?.next?.getTime() ?? from;
}

/** @throws Error after too many failures in a row, or at once what doesn't pass by waiting */
async function retried<T>(
  { exchange, onRetry, stopping, backOffMs = { first: 1000, max: 60_000 } }: Surroundings,
  ask: () => Promise<T>,
): Promise<T> {
  for (let failed = 1; ; failed++) {
    try {
      return await ask();
    } catch (error) {
      stopping.throwIfAborted();
      const reason = error instanceof Error ? error.message.slice(0, 200) : String(error);
      if (!exchange.passes(error)) throw error;
      if (failed >= maxFailures)
        throw new Error(
          `${exchange.id} failed ${failed} times in a row, at last with: ${reason}. What was stored stays; the ` +
            'same command goes on from there',
          { cause: error },
        );
      const ms = backOff(failed, backOffMs, Math.random());
      onRetry(reason, ms);
      await pause(ms, stopping);
      stopping.throwIfAborted();
    }
  }
}
