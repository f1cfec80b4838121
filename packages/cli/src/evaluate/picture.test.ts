import { expect, test } from '@jest/globals';
import type { SymbolWalk } from '@ml-training/strategies';
import { scorePicture } from './picture.ts';

/** A walk of two folds; what the picture doesn't look at is left out. */
function walk(name: string | null, values: readonly number[], rule?: number): SymbolWalk {
  const scores = (value: number) =>
    name === null
      ? { metrics: { return: 0.1 }, intervals: {} }
      : { metrics: { [name]: value }, intervals: { [name]: { low: value - 0.1, high: value + 0.1 } } };
  const baselines = rule === undefined ? {} : { majority_class: { balanced_accuracy: rule } };
  const [first, second, all] = values as [number, number, number];
  return {
    folds: [scores(first), scores(second)],
    pooled: { ...scores(all), baselines },
  } as unknown as SymbolWalk;
}

test.each([
  ['two classes', walk('auc', [0.6, 0.4, 0.55]), 'AUC 0.30', '0.5', '0.70', '0.550'],
  ['a regression', walk('rank_ic', [0.3, -0.2, 0.1]), 'rank IC -0.30', '0', '0.40', '0.100'],
  [
    'several classes',
    walk('balanced_accuracy', [0.5, 0.3, 0.4], 1 / 3),
    'balanced accuracy 0.20',
    '0.33',
    '0.60',
    '0.400',
  ],
])('%s are drawn by their own score', (_, found, title, rule, high, all) => {
  const lines = scorePicture(found).split('\n');
  expect(lines).toHaveLength(4);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines[0]).toMatch(new RegExp(`^${title} +${rule} +${high}$`));
  // The rule stands below its number.
  const mark = Math.max(...lines.slice(1).map((line) => line.search(/[│┼]/)));
  expect(Math.abs(lines[0]!.indexOf(` ${rule} `) + 1 - mark)).toBeLessThanOrEqual(2);
  expect(lines[3]!.endsWith(all)).toBe(true);
});

test('what has none of them is not drawn', () => {
  expect(scorePicture(walk(null, [0, 0, 0]))).toBe('');
});
