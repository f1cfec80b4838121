// The lab of ml with a folder of files to import.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startLab } from './ml.ts';

export async function startImportLab() {
  const lab = await startLab();
  const { sql } = lab;
  const folder = await mkdtemp(path.join(tmpdir(), 'ml-import-'));
  const write = async (name: string, content: string | Buffer): Promise<string> => {
    const file = path.join(folder, name);
    await writeFile(file, content);
    return file;
  };
  return {
    ...lab,
    folder,
    write,
    /** A CSV file of the fleet's own. */
    csv: (name: string, ...rows: string[]): Promise<string> =>
      write(name, ['time,symbol,open,high,low,close,volume', ...rows, ''].join('\n')),
    /** How many bars are stored. */
    count: async (): Promise<number> => {
      const [row] = await sql<[{ count: number }]>`SELECT count(*)::int AS count FROM market_data`;
      return row.count;
    },
    end: async (): Promise<void> => {
      await lab.end();
      await rm(folder, { recursive: true });
    },
  };
}
