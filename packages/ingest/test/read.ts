import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { FleetError, type Bar, type BarRules } from '@ml-training/core';
import { openBarFile, type FileOptions, type Recognised } from '../src/index.ts';

/** A file of bars that was read to its end. */
export interface ReadFile {
  readonly bars: Bar[];
  readonly told: Recognised;
}

export async function readFile(
  file: string,
  options: FileOptions = {},
  rules: BarRules = {},
): Promise<ReadFile> {
  const opened = await openBarFile(file, options, rules);
  const bars: Bar[] = [];
  for await (const batch of opened.batches) bars.push(...batch.bars);
  return { bars, told: opened.recognised() };
}

/** What a refusal says. Fails where there is none, or another error. */
export async function refusalOf(reading: Promise<unknown>): Promise<string> {
  try {
    await reading;
  } catch (error) {
    if (error instanceof FleetError && error.code === 'BARS_INVALID') return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

export const lines = (...rows: string[]): string => `${rows.join('\n')}\n`;
export const iso = ({ bars }: ReadFile): string[] => bars.map(({ time }) => new Date(time).toISOString());

/** Reads and refuses content under a name, in a folder that the file's tests have for themselves. */
export function inFolder() {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ingest-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const read = async (
    name: string,
    content: string | Buffer,
    options: FileOptions = {},
    rules: BarRules = {},
  ): Promise<ReadFile> => {
    const file = path.join(folder, name);
    await writeFile(file, content);
    return readFile(file, options, rules);
  };
  const refusal = (name: string, content: string | Buffer, options: FileOptions = {}): Promise<string> =>
    refusalOf(read(name, content, options));
  return { folder: () => folder, read, refusal };
}
