import path from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { startImportLab } from './import-lab.ts';

const lab = await startImportLab();
const { ml, csv, count, folder } = lab;
afterAll(() => lab.end());
beforeEach(() => lab.reset());

const good = () =>
  csv(
    'good.csv',
    '2024-01-01,AAPL,10,12,9,11,100',
    '2024-01-02,AAPL,11,13,10,12,',
    '2024-01-01,MSFT,20,21,19,20,5',
  );

test('a good file is imported; a second time nothing changes', async () => {
  const file = await good();
  expect(await ml(['import', file])).toEqual({
    code: 0,
    out: `${file}: 3 rows of AAPL, MSFT: 3 new, 0 revised, 0 unchanged\n`,
    err: '',
  });
  const again = await ml(['import', file, '--json']);
  expect(again.code).toBe(0);
  expect(JSON.parse(again.out)).toEqual([
    {
      file,
      rows: 3,
      inserted: 0,
      revised: 0,
      unchanged: 3,
      symbols: ['AAPL', 'MSFT'],
      columns: [],
      data_check: {
        AAPL: { interval_seconds: 86_400, findings: [] },
        MSFT: { interval_seconds: null, findings: [] },
      },
    },
  ]);
  expect(await count()).toBe(3);
});

test('of a bad file nothing is imported, and every bad row is named by its line', async () => {
  const file = await csv(
    'bad.csv',
    '2024-01-01,AAPL,10,12,9,11,100',
    '2024-01-02,AAPL,10,8,9,11,100',
    '2024-01-03,AAPL,NaN,12,9,11,100',
  );
  expect(await ml(['import', file])).toEqual({
    code: 1,
    out: '',
    err: `${file} has 2 bad rows:\n  line 3: high 8 is below low 9\n  line 4: open "NaN" is not a finite number\n`,
  });
  expect(await count()).toBe(0);
});

test('a file that is not there is named once, with what is wrong', async () => {
  const file = path.join(folder, 'none.csv');
  const { code, err } = await ml(['import', file]);
  expect(code).toBe(1);
  expect(err).toBe(`${file} can't be read: ENOENT: no such file or directory, open '${file}'\n`);
});

test('without a file it says that one is missing', async () => {
  const { code, err } = await ml(['import']);
  expect(code).toBe(1);
  expect(err).toMatch(/missing required argument 'file'/);
});
