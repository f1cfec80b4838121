import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from '@jest/globals';
import { someModel } from '@ml-training/testing';
import { listModelFiles, readModel, type ModelsPlace } from '../src/models/index.ts';

const script = `
  const { saveModel } = await import(${JSON.stringify(new URL('../src/models/index.ts', import.meta.url).href)});
  const [place, model, each] = process.argv.slice(1).map((one) => JSON.parse(one));
  for (let i = 0; i < each; i++) await saveModel(place, model, new Date('2024-01-01T12:00:00.900Z'));`;

/** Processes that save models of one pair in the same second, each so many: all are whole, each under its own name. */
export async function expectNamesOfTheirOwn(
  place: ModelsPlace,
  { processes, each }: { readonly processes: number; readonly each: number },
): Promise<void> {
  const model = { ...someModel('AAPL'), model_state: { lstm: { by: 'a process' }, scaler: null } };
  const given = [place, model, each].map((one) => JSON.stringify(one));
  const ends = Array.from({ length: processes }, () =>
    once(
      spawn(process.execPath, ['--input-type=module', '-e', script, ...given], { stdio: 'inherit' }),
      'close',
    ),
  );
  for (const end of ends) expect(await end).toEqual([0, null]);
  const files = (await listModelFiles(place)).map(({ filePath }) => filePath);
  const seconds = Array.from({ length: processes * each }, (_, second) =>
    new Date(Date.UTC(2024, 0, 1, 12, 0, second)).toISOString().slice(11, 19).replaceAll(':', ''),
  );
  expect(files).toEqual(seconds.map((second) => `models/lstm/AAPL/model_20240101_${second}.pkl`));
  for (const file of files) expect((await readModel(place, file)).symbol).toBe('AAPL');
}
