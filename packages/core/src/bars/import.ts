import { stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import type postgres from 'postgres';
import { ownConnection, type Database } from '../database/connect.ts';
import { withDeadline } from '../deadline.ts';
import { FleetError } from '../errors.ts';
import type { CheckSettings } from './check/admit.ts';
import type { DataCheck } from './check/index.ts';
import { adjustStaged, type AdjustedSplit } from './adjust-splits.ts';
import { checkStaged, indexStaged } from './check/staged.ts';
import type { BarRules } from './check-bar.ts';
import { makeColumns } from './columns.ts';
import { copyHeader, copyTrailer, encodeBars } from './copy-format.ts';
import { readBarsCsv, type Batch } from './parse-csv.ts';
import { refuseForeign } from './source.ts';

/** A server that takes no data for so long won't any more. */
const stallMs = 60_000;

interface ImportProgress {
  readonly stage: 'reading' | 'checking' | 'merging';
  /** That were read, or looked at by the data check. */
  readonly rows: number;
  /** How much of the stage is done, 0 to 1; null where that is not known. */
  readonly share: number | null;
}

export interface ImportResult {
  readonly rows: number;
  /** Bars that were not there before. */
  readonly inserted: number;
  /** Bars that were there with other values, and have the file's now. */
  readonly revised: number;
  readonly unchanged: number;
  readonly symbols: readonly string[];
  /** Columns that the file has besides those of every bar; left out where there are none. */
  readonly columns?: readonly string[];
  /** What the data check found, of each symbol; left out where it wasn't asked for. */
  readonly checks?: readonly DataCheck[];
  /** Splits that the bars were adjusted for; left out where that wasn't asked for. */
  readonly splits?: readonly AdjustedSplit[];
}

/** What rows may be by the settings of the data check. */
export const rulesOf = (check: CheckSettings | undefined): BarRules => ({
  negative: check?.NEGATIVE_PRICES ?? [],
});

/** Bars to be stored, checked as they are read: of one file, or of an exchange. */
export interface BarSource {
  /** What messages call it. */
  readonly name: string;
  /** 0 where it is not known. */
  readonly totalBytes: number;
  /** The first says which further columns all have. Fails where a bar is bad: then none is stored. */
  readonly batches: AsyncGenerator<Batch, void, void>;
}

/**
 * Imports a CSV file (see `readBarsCsv`) into market_data, as `storeBars` does.
 * @throws FleetError BARS_INVALID for a bad file, and what `storeBars` throws
 */
export async function importBars(
  sql: Database,
  file: string,
  options: { onProgress?: OnProgress; check?: CheckSettings } = {},
): Promise<ImportResult> {
  const totalBytes = await stat(file).then(
    ({ size }) => size,
    () => 0, // Reading it says what is wrong.
  );
  return storeBars(
    sql,
    { name: file, totalBytes, batches: readBarsCsv(file, { rules: rulesOf(options.check) }) },
    options,
  );
}

/**
 * Stores the bars of a file in market_data: all of them or nothing, whatever happens when, in whatever order
 * they come. Importing it again changes nothing; a bar that is there with other values gets the file's.
 * Further columns of the file are made in market_data where it has none of the name; those that the file
 * doesn't have stay as they are. Imports wait for each other. The rows go into a temporary table, and
 * from there with one statement, in one transaction of a connection of its own: behind a pooler, a table or lock
 * of the session's would be the next user's. (When its backend is lost, nothing of it runs elsewhere:
 * infra/patches mends porsager/postgres#1216, and there is no such table there.)
 * @param options.onRead called when all bars are read and good, before any is written
 * @param options.check asks for the data check, before anything is written
 * @param options.adjustSplits whether prices and volumes before a split that they were not adjusted for are to be
 * @throws FleetError BARS_REFUSED by the data check, or by `adjustStaged`; REQUEST_INVALID where bars are in a table of the user's;
 *   BARS_IMPORT_FAILED when the database fails; whatever the source throws
 */
export async function storeBars(
  sql: Database,
  source: BarSource,
  options: {
    onProgress?: OnProgress;
    onRead?: () => void;
    check?: CheckSettings;
    adjustSplits?: boolean;
  } = {},
): Promise<ImportResult> {
  refuseForeign(sql, 'An import');
  const { onProgress, onRead, check, adjustSplits = false } = options;
  const connection = ownConnection(sql);
  try {
    return await connection.begin(async (own) => {
      await own`
        CREATE TEMPORARY TABLE ml_training_import (
          time timestamptz, symbol text, open float8, high float8, low float8, close float8, volume float8)
        ON COMMIT DROP`;
      const { rows, symbols, further } = await copyIn(own, source, onProgress);
      onRead?.();
      // For the plans of what follows.
      await own`ANALYZE pg_temp.ml_training_import`;
      onProgress?.({ stage: check === undefined ? 'merging' : 'checking', rows, share: null });
      // Held until the transaction ends. Two imports at once could count each other's rows, and wait for each
      // other in a circle.
      await own`SELECT pg_advisory_xact_lock(hashtext('ml_training_import'))`;
      if (check !== undefined || adjustSplits) await indexStaged(own, symbols, rows);
      const splits = adjustSplits ? await adjustStaged(own, source.name, symbols) : null;
      const onBars = (looked: number): void => {
        onProgress?.({ stage: 'checking', rows: looked, share: Math.min(1, looked / rows) });
      };
      const checks =
        check === undefined ? null : await checkStaged(own, source.name, symbols, check, { onBars });
      onProgress?.({ stage: 'merging', rows, share: null });
      await makeColumns(own, further);
      const { inserted, revised } = await merge(own, further);
      const result = {
        rows,
        inserted,
        revised,
        unchanged: rows - inserted - revised,
        symbols,
        ...(checks === null ? {} : { checks }),
        ...(splits === null ? {} : { splits }),
      };
      return further.length === 0 ? result : { ...result, columns: further };
    });
  } catch (error) {
    if (error instanceof FleetError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new FleetError(
      'BARS_IMPORT_FAILED',
      `${source.name} was imported as a whole or not at all, since the database failed: ${reason}; import ` +
        'it again, which does no harm either way',
      { cause: error },
    );
  } finally {
    // A connection that was lost in a query never ends by itself.
    await connection.end({ timeout: 1 });
  }
}

type Transaction = postgres.TransactionSql;
type OnProgress = (progress: ImportProgress) => void;

async function copyIn(own: Transaction, source: BarSource, onProgress: OnProgress | undefined) {
  const { batches, totalBytes } = source;
  const symbols = new Set<string>();
  let rows = 0;
  // The header says which columns there are.
  const begun = await batches.next();
  const first = begun.done === true ? undefined : begun.value;
  const further = first?.further ?? [];
  for (const name of further)
    await own`ALTER TABLE pg_temp.ml_training_import ADD COLUMN ${own(name)} float8`;
  const copy = await own`COPY pg_temp.ml_training_import FROM STDIN (FORMAT binary)`.writable();
  let failure: unknown;
  copy.on('error', (error) => (failure ??= error));
  try {
    await write(copy, copyHeader);
    for await (const { bars, bytes } of startingWith(first, batches)) {
      await write(copy, encodeBars(bars));
      rows += bars.length;
      for (const bar of bars) symbols.add(bar.symbol);
      onProgress?.({ stage: 'reading', rows, share: totalBytes > 0 ? bytes / totalBytes : null });
    }
    await write(copy, copyTrailer);
  } catch (error) {
    copy.destroy(new Error('the import was given up'));
    // A write to a stream that the server's answer has closed says less than that answer.
    throw error instanceof FleetError ? error : (failure ?? error);
  }
  copy.end();
  // Not the stream's end: an error of the server after the last write never reaches the stream of postgres.js
  // 3.4.9.
  const [counted] = await own<
    { rows: number }[]
  >`SELECT count(*)::int AS rows FROM pg_temp.ml_training_import`;
  if (counted?.rows !== rows)
    throw new Error(`it took ${counted?.rows ?? 0} of ${rows} rows; its log says why`);
  return { rows, symbols: [...symbols].sort(), further };
}

async function* startingWith<T>(first: T | undefined, others: AsyncIterable<T>): AsyncGenerator<T> {
  if (first !== undefined) yield first;
  yield* others;
}

async function write(copy: Writable, chunk: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  copy.write(chunk, (error) => (error ? reject(error) : resolve(undefined)));
  await withDeadline(promise, stallMs, 'sending bars to PostgreSQL');
}

/** Unchanged rows are left alone: ON CONFLICT by itself would lock, and so write, each of them. */
async function merge(
  own: Transaction,
  further: readonly string[],
): Promise<{ inserted: number; revised: number }> {
  const listed = (of: (name: string) => postgres.Fragment): postgres.Fragment | postgres.Fragment[] =>
    further.length === 0 ? own`` : further.map((name) => own`, ${of(name)}`);
  const names = listed((name) => own`${own(name)}`);
  const [counts] = await own<{ inserted: number; revised: number }[]>`
    WITH changed AS MATERIALIZED (
      SELECT new.*, old.symbol IS NOT NULL AS known
      FROM pg_temp.ml_training_import new LEFT JOIN market_data old ON old.symbol = new.symbol
        AND old.time = new.time
      WHERE old.symbol IS NULL OR (old.open, old.high, old.low, old.close, old.volume
          ${listed((name) => own`old.${own(name)}`)})
        IS DISTINCT FROM (new.open, new.high, new.low, new.close, new.volume
          ${listed((name) => own`new.${own(name)}`)})
    ), written AS (
      INSERT INTO market_data (time, symbol, open, high, low, close, volume ${names})
      SELECT time, symbol, open, high, low, close, volume ${names} FROM changed
      ON CONFLICT (symbol, time) DO UPDATE SET
        open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
          volume = excluded.volume ${listed((name) => own`${own(name)} = excluded.${own(name)}`)}
    )
    SELECT count(*) FILTER (WHERE NOT known)::int AS inserted, count(*) FILTER (WHERE known)::int AS revised
      FROM changed`;
  if (counts === undefined) throw new Error('the merge gave no counts');
  return counts;
}
