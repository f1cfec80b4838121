import { expect, test } from '@jest/globals';
import { walk } from '../../../test/bars.ts';
import { lstm } from '../../lstm/index.ts';
import type { Preparation } from '../../strategy.ts';
import { checkShuffled } from './statistical.ts';

const bars = walk({ rows: 1000, seed: 4 });
const prepared = lstm.prepare([bars]);
const own = prepared.symbols[0]!;
const { compute } = lstm.features();
const barsOf = new Map([[bars.symbol, bars]]);
const of = (part: Partial<Preparation['symbols'][number]>, seed = 1) =>
  checkShuffled({ ...prepared, symbols: [{ ...own, ...part }] }, barsOf, seed, compute);

test('shuffled labels score at chance where no row is in two parts, whatever the seed', () => {
  for (let seed = 0; seed < 20; seed++) expect(() => of({}, seed)).not.toThrow();
});

test('shuffled labels give away holdout rows that are among the training rows', () => {
  const { from, to } = own.holdout;
  const both = Array.from({ length: to - from }, (_, i) => from + i).reverse();
  const train = { ...own.train, rows: [...both, ...own.train.rows.slice(0, 200)] };
  expect(() => of({ train })).toThrow(expect.objectContaining({ code: 'LEAK' }));
  expect(() => of({ train })).toThrow('holdout rows are among those it learns from');
});
