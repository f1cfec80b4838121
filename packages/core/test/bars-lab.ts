// A database for bars, and files of them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startDatabase } from './lab.ts';

export const barsHeader = 'time,symbol,open,high,low,close,volume';

/** Nothing but what every import has. */
export const warn = { DATA_CHECK: 'warn', BAR_TIMES: 'open', NEGATIVE_PRICES: [] } as const;
export const refuse = { ...warn, DATA_CHECK: 'refuse' } as const;

/** Servers of one test file's own, migrated, and a folder. */
export async function startBarsLab() {
  const { servers, sql } = await startDatabase('bars test');
  const folder = await mkdtemp(path.join(tmpdir(), 'bars-'));
  return {
    servers,
    sql,
    folder,
    /** A CSV file of the fleet's own, with these rows after its header. */
    csv: async (
      rows: readonly string[],
      { name = `${crypto.randomUUID()}.csv`, header = barsHeader } = {},
    ): Promise<string> => {
      const file = path.join(folder, name);
      await writeFile(file, [header, ...rows, ''].join('\n'));
      return file;
    },
    /** How many bars are stored. */
    count: async (): Promise<number | undefined> =>
      (await sql<{ n: number }[]>`SELECT count(*)::int AS n FROM market_data`)[0]?.n,
    reset: async (): Promise<void> => {
      await sql`TRUNCATE market_data`;
    },
    end: (): Promise<void> => rm(folder, { recursive: true }),
  };
}
