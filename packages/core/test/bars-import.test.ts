import { spawnSync } from 'node:child_process';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { startPrivatePostgres, until } from '@ml-training/testing';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  barsSha256,
  connectDatabase,
  importBars,
  listSymbols,
  migrate,
  readBars,
  type Database,
} from '../src/index.ts';
import { ownConnection } from '../src/database/connect.ts';
import { barsHeader as header, startBarsLab, warn } from './bars-lab.ts';

const lab = await startBarsLab();
const { servers, sql, folder, count } = lab;
const csv = (name: string, rows: readonly string[]): Promise<string> => lab.csv(rows, { name });
beforeEach(() => lab.reset());
afterAll(() => lab.end());

/** Hourly bars whose prices differ from row to row. */
function hours(symbol: string, count: number, from = Date.UTC(2024, 0, 1)): string[] {
  return Array.from({ length: count }, (_, i) => {
    const price = 100 + (i % 17) / 7;
    return `${new Date(from + i * 3_600_000).toISOString()},${symbol},${price},${price + 1},${price - 1},${price + 0.1},${i}`;
  });
}

/** Makes every merge wait until the function it gives is called. */
async function lockTable(): Promise<() => Promise<void>> {
  const lock = ownConnection(sql);
  await lock`BEGIN`;
  await lock`LOCK TABLE market_data IN EXCLUSIVE MODE`;
  return async () => {
    await lock`ROLLBACK`;
    await lock.end({ timeout: 1 });
  };
}

describe('an import', () => {
  test('says what was new, and says of a second one that nothing changed', async () => {
    const file = await csv('two.csv', [...hours('AAPL', 50), ...hours('BTC/USD', 30)]);
    const symbols = ['AAPL', 'BTC/USD'];
    expect(await importBars(sql, file)).toEqual({
      rows: 80,
      inserted: 80,
      revised: 0,
      unchanged: 0,
      symbols,
    });
    expect(await importBars(sql, file)).toEqual({
      rows: 80,
      inserted: 0,
      revised: 0,
      unchanged: 80,
      symbols,
    });
    expect(await count()).toBe(80);
  });

  test('gives bars that are there the values of the file, and leaves the others', async () => {
    await importBars(sql, await csv('old.csv', hours('AAPL', 10)));
    const time = '2024-01-01T03:00:00Z';
    const rows = [`${time},AAPL,1,3,1,2,`, ...hours('AAPL', 8, Date.UTC(2024, 0, 1, 6))];
    const result = await importBars(sql, await csv('new.csv', rows));
    expect(result).toMatchObject({ rows: 9, inserted: 4, revised: 5, unchanged: 0 });
    const [bar] = await sql`SELECT open, high, low, close, volume FROM market_data WHERE time = ${time}`;
    expect(bar).toEqual({ open: 1, high: 3, low: 1, close: 2, volume: null });
    expect(await importBars(sql, await csv('new.csv', rows))).toMatchObject({
      inserted: 0,
      revised: 0,
      unchanged: 9,
    });
    expect(await count()).toBe(14);
  });

  test('keeps every bit of a number, times before 2000 and volumes that are missing', async () => {
    const rows = [
      '1871-01-02T00:00:00.001Z,X,0.1,0.30000000000000004,5e-324,0.2,',
      '1999-12-31,X,1,1,1,1,0',
      '2000-01-01,X,1,1.7976931348623157e308,1,1,9007199254740993',
      '9999-12-31T23:59:59.999Z,X,1,1,1,1,1',
    ];
    await importBars(sql, await csv('bits.csv', rows));
    const bars = await readBars(sql, 'X', 10);
    expect([...bars.time]).toEqual(
      ['1871-01-02T00:00:00.001Z', '1999-12-31', '2000-01-01', '9999-12-31T23:59:59.999Z'].map(Date.parse),
    );
    expect([...bars.high]).toEqual([0.1 + 0.2, 1, Number.MAX_VALUE, 1]);
    expect(bars.low[0]).toBe(5e-324);
    expect([...bars.volume]).toEqual([NaN, 0, 9007199254740992, 1]);
  });

  test('of a file with a bad row, even its last, imports nothing', async () => {
    const rows = [...hours('AAPL', 10_000), '2024-01-01T00:00:00Z,MSFT,1,0.5,1,1,1'];
    const file = await csv('bad.csv', rows);
    await expect(importBars(sql, file)).rejects.toThrow(
      expect.objectContaining({
        code: 'BARS_INVALID',
        message: expect.stringContaining('line 10002: high 0.5 is below low 1'),
      }),
    );
    expect(await count()).toBe(0);
  });

  test('reports how far it is', async () => {
    const steps: string[] = [];
    let last = 0;
    await importBars(sql, await csv('long.csv', hours('AAPL', 9000)), {
      onProgress: ({ stage, rows, share }) => {
        if (stage === 'reading') {
          expect(share).toBeLessThanOrEqual(1);
          expect(share).toBeGreaterThanOrEqual(last);
          last = share!;
        }
        steps.push(`${stage} ${rows} ${share === 1 ? 'all' : ''}`.trim());
      },
      check: warn,
    });
    expect(steps).toEqual([
      'reading 4096',
      'reading 8192',
      'reading 9000 all',
      'checking 9000',
      'checking 9000 all',
      'merging 9000',
    ]);
  });

  test('waits for another one of the same bars, so that only one says it inserted them', async () => {
    const file = await csv('same.csv', hours('AAPL', 5000));
    const release = await lockTable();
    const importing = Promise.all([importBars(sql, file), importBars(sql, file)]);
    await until(
      async () =>
        (
          await sql`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'
            AND datname = current_database()`
        ).length === 2,
      { what: 'two imports that wait' },
    );
    await release();
    const results = (await importing).map(({ inserted, unchanged, revised }) => ({
      inserted,
      unchanged,
      revised,
    }));
    expect(results).toContainEqual({ inserted: 5000, unchanged: 0, revised: 0 });
    expect(results).toContainEqual({ inserted: 0, unchanged: 5000, revised: 0 });
  });

  test('leaves no connection behind', async () => {
    const file = await csv('few.csv', hours('AAPL', 10));
    await importBars(sql, file);
    await expect(importBars(sql, path.join(folder, 'none.csv'))).rejects.toThrow(/can't be read/);
    // A backend ends a moment after its client. This very question is the last of whichever of the pool's
    // connections asked it.
    const noneIsOpen = async () => {
      const open = await sql`
        SELECT pid, state, wait_event_type, wait_event, query FROM pg_stat_activity
        WHERE query LIKE '%ml_training_import%' AND query NOT LIKE '%pg_stat_activity%'
          AND datname = current_database()`;
      if (open.length > 0) throw new Error(`there is still ${JSON.stringify(open)}`);
      return true;
    };
    await until(noneIsOpen, { what: 'the imports’ connections to close' });
  });
});

/** A pipe in a file's place, so that a test can act between two rows. */
async function pipe(
  name: string,
): Promise<{ file: string; write: (text: string) => Promise<unknown>; end: () => Promise<void> }> {
  const file = path.join(folder, name);
  const { status } = spawnSync('mkfifo', [file]);
  if (status !== 0) throw new Error('mkfifo failed');
  const opened = open(file, 'w'); // Settles when the import opens the other end.
  return { file, write: async (text) => (await opened).write(text), end: async () => (await opened).close() };
}

const importer = async (where: Database, statement: string): Promise<number | undefined> => {
  const [backend] = await where<{ pid: number }[]>`
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ~ ${String.raw`^\s*${statement}`}`;
  return backend?.pid;
};

const failed = expect.objectContaining({
  code: 'BARS_IMPORT_FAILED',
  message: expect.stringContaining('as a whole or not at all'),
});

describe('an import whose backend is killed', () => {
  test('while it copies imports nothing', async () => {
    const { file, write, end } = await pipe('killed');
    const reading = Promise.withResolvers<undefined>();
    const importing = importBars(sql, file, { onProgress: () => reading.resolve(undefined) });
    const outcome = expect(importing).rejects.toThrow(failed);
    const rows = hours('AAPL', 10_000);
    await write(`${header}\n${rows.slice(0, 5000).join('\n')}\n`);
    await reading.promise;
    const pid = await importer(sql, 'COPY');
    expect(await sql`SELECT pg_terminate_backend(${pid!})`).toHaveLength(1);
    await write(rows.slice(5000).join('\n')).then(end, end);
    await outcome;
    expect(await count()).toBe(0);
  });

  test('while it merges imports nothing', async () => {
    const file = await csv('killed.csv', hours('AAPL', 1000));
    const release = await lockTable();
    const outcome = expect(importBars(sql, file)).rejects.toThrow(failed);
    const pid = await until(() => importer(sql, 'WITH changed'), { what: 'the merge' });
    await sql`SELECT pg_terminate_backend(${pid})`;
    await outcome;
    await release();
    expect(await count()).toBe(0);
    expect(await importBars(sql, file)).toMatchObject({ inserted: 1000 });
  });
});

describe('an import that has sent its last row', () => {
  /**
   * Stops the server before it sees the last rows, lets `fate` have its backend once they are sent, and waits
   * for the import.
   */
  async function lastRow(
    name: string,
    fate: (server: Awaited<ReturnType<typeof startPrivatePostgres>>, pid: number) => Promise<void> | void,
  ): Promise<void> {
    const server = await startPrivatePostgres();
    const own = connectDatabase(server.url, { applicationName: 'test' });
    try {
      await migrate(own);
      const { file, write, end } = await pipe(name);
      const reading = Promise.withResolvers<undefined>();
      const sent = Promise.withResolvers<undefined>();
      const importing = importBars(own, file, {
        onProgress: ({ rows }) => (rows < 5000 ? reading : sent).resolve(undefined),
      });
      const outcome = expect(importing).rejects.toThrow(failed);
      await write(`${header}\n${hours('AAPL', 5000).join('\n')}\n`);
      await reading.promise;
      const pid = await importer(own, 'COPY');
      server.pause();
      await end();
      await sent.promise;
      // The end of the data follows the last rows without waiting for the server.
      await setImmediate();
      await setImmediate();
      await fate(server, pid!);
      await outcome;
    } finally {
      await own.end({ timeout: 1 });
      await server.remove();
    }
  }

  test('fails when the server then refuses it', async () => {
    await lastRow('refused', (server, pid) => {
      process.kill(pid, 'SIGINT'); // As pg_cancel_backend does.
      server.resume();
    });
  });

  test('fails when the server then dies', async () => {
    await lastRow('died', (server) => server.kill());
  });
});

describe('further columns of a file', () => {
  const rates = ['funding_rate', 'sentiment'];
  afterEach(
    () => sql`ALTER TABLE market_data DROP COLUMN IF EXISTS funding_rate, DROP COLUMN IF EXISTS sentiment`,
  );
  const withRates = (name: string, rows: readonly string[], ...last: string[]) =>
    lab.csv([...rows, ...last], { name, header: `sentiment,${header},funding_rate` });
  const rated = hours('AAPL', 6).map((row, i) => `${i % 2 === 0 ? '' : -i},${row},${i / 1000}`);
  const stored = async () => (await readBars(sql, 'AAPL', 100, rates)).columns;

  test('are stored beside the bars, which others have none of', async () => {
    await importBars(sql, await csv('plain.csv', hours('MSFT', 2)));
    const file = await withRates('rates.csv', rated);
    expect(await importBars(sql, file)).toMatchObject({
      inserted: 6,
      columns: ['sentiment', 'funding_rate'],
    });
    expect(await stored()).toEqual({
      funding_rate: Float64Array.of(0, 0.001, 0.002, 0.003, 0.004, 0.005),
      sentiment: Float64Array.of(NaN, -1, NaN, -3, NaN, -5),
    });
    expect((await readBars(sql, 'MSFT', 1, rates)).columns!['sentiment']).toEqual(Float64Array.of(NaN));
    expect(await importBars(sql, file)).toMatchObject({ inserted: 0, revised: 0, unchanged: 6 });
  });

  test('are revised with the bar, and left alone by a file without them', async () => {
    await importBars(sql, await withRates('rates.csv', rated));
    const before = await stored();
    const higher = hours('AAPL', 6).map((row) => row.replace(/,(\d+)$/, ',99'));
    expect(await importBars(sql, await csv('plain.csv', higher))).toMatchObject({ revised: 6 });
    expect(await stored()).toEqual(before);
    expect((await readBars(sql, 'AAPL', 1)).volume[0]).toBe(99);
    const changed = rated.with(3, rated[3]!.replace('0.003', '0.5')).with(5, rated[5]!.replace('-5', ''));
    expect(await importBars(sql, await withRates('changed.csv', changed))).toMatchObject({ revised: 6 });
    expect(await stored()).toEqual({
      funding_rate: before!['funding_rate']!.with(3, 0.5),
      sentiment: before!['sentiment']!.with(5, NaN),
    });
    expect(await importBars(sql, await withRates('rates.csv', rated))).toMatchObject({
      revised: 2,
      unchanged: 4,
    });
  });

  test('with a text in them are refused by line and column, and nothing is made', async () => {
    const file = await withRates('text.csv', rated, `good,${hours('MSFT', 1)[0]!},0.1\n`);
    await expect(importBars(sql, file)).rejects.toThrow(
      expect.objectContaining({
        code: 'BARS_INVALID',
        message: expect.stringContaining('line 8: sentiment "good" is not a finite number'),
      }),
    );
    await expect(stored()).rejects.toThrow('market_data has no column funding_rate');
  });

  test('of another type in the table are refused', async () => {
    await sql`ALTER TABLE market_data ADD COLUMN sentiment text`;
    await expect(importBars(sql, await withRates('rates.csv', rated))).rejects.toThrow(
      'the column sentiment of market_data is text, not double precision',
    );
    expect(await count()).toBe(0);
  });

  test('need the right to add them, once', async () => {
    await sql.unsafe(`DROP ROLE IF EXISTS only_writes; CREATE ROLE only_writes LOGIN PASSWORD 'x'`);
    const url = new URL(servers.databaseUrl);
    [url.username, url.password] = ['only_writes', 'x'];
    const writer = connectDatabase(url.href, { applicationName: 'only writes', max: 1 });
    try {
      await sql`GRANT SELECT, INSERT, UPDATE ON market_data TO only_writes`;
      await sql`GRANT TEMPORARY ON DATABASE ${sql(url.pathname.slice(1))} TO only_writes`;
      const file = await withRates('rates.csv', rated);
      const refused = await importBars(writer, file).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: 'BARS_IMPORT_FAILED' });
      const [, statement = ''] = /owner run (ALTER TABLE .*?), and import again/.exec(String(refused)) ?? [];
      expect(await count()).toBe(0);
      await sql.unsafe(statement);
      expect(await importBars(writer, file)).toMatchObject({ inserted: 6 });
    } finally {
      await writer.end({ timeout: 1 });
      await sql.unsafe('DROP OWNED BY only_writes; DROP ROLE only_writes');
    }
  });
});

describe('bars read back', () => {
  test('are the newest, oldest first, and those of the symbol only', async () => {
    await importBars(sql, await csv('a.csv', [...hours('AAPL', 100), ...hours('MSFT', 100)]));
    const bars = await readBars(sql, 'AAPL', 3);
    expect(bars.symbol).toBe('AAPL');
    expect([...bars.volume]).toEqual([97, 98, 99]);
    expect([...bars.time]).toEqual([97, 98, 99].map((i) => Date.UTC(2024, 0, 1) + i * 3_600_000));
    expect((await readBars(sql, 'AAPL', 1000)).time).toHaveLength(100);
    expect((await readBars(sql, 'NONE', 1000)).time).toHaveLength(0);
  });

  test.each([0, -1, 1.5, NaN])('a limit of %s is refused', async (limit) => {
    await expect(readBars(sql, 'AAPL', limit)).rejects.toThrow(RangeError);
  });

  test('have times good to a microsecond, when something else wrote them so', async () => {
    await sql`INSERT INTO market_data VALUES ('2024-01-01 00:00:00.123457+00', 'A', 1, 1, 1, 1, 1)`;
    expect((await readBars(sql, 'A', 1)).time[0]).toBe(Date.UTC(2024, 0, 1) + 123.457);
  });

  test('are summed up by symbol', async () => {
    await importBars(
      sql,
      await csv('a.csv', [...hours('MSFT', 2), ...hours('AAPL', 3), ...hours('aapl', 1)]),
    );
    expect((await listSymbols(sql)).map(({ symbol, bars }) => [symbol, bars])).toEqual([
      ['AAPL', 3],
      ['MSFT', 2],
      ['aapl', 1],
    ]);
    const [first] = await listSymbols(sql);
    expect(first?.from).toEqual(new Date('2024-01-01T00:00:00Z'));
    expect(first?.to).toEqual(new Date('2024-01-01T02:00:00Z'));
  });
});

test('the sum of bars is the same for equal bars, and another for any other', async () => {
  const rows = hours('AAPL', 50);
  await importBars(sql, await csv('a.csv', rows));
  const bars = await readBars(sql, 'AAPL', 50);
  const again = await readBars(sql, 'AAPL', 50);
  const sum = barsSha256(bars);
  expect(barsSha256(again)).toBe(sum);
  again.close[49]! += 1e-9;
  const others = [
    barsSha256(again),
    barsSha256(await readBars(sql, 'AAPL', 49)),
    barsSha256({ ...bars, symbol: 'MSFT' }),
    barsSha256({ ...bars, open: bars.close, close: bars.open }),
    barsSha256(bars, bars),
    barsSha256(),
  ];
  expect(new Set([sum, ...others]).size).toBe(7);
});
