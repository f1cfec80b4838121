import { expect, test } from '@jest/globals';
import { aligned, mainCurves, withPoints } from './curves.ts';

const curve = (name: string, ...steps: number[]) => ({ name, steps, values: steps.map((step) => 1 / step) });

test('points that come are added to their curve, and make one that is new', () => {
  const after = withPoints(
    [curve('loss', 1, 2)],
    [
      { name: 'loss', step: 3, value: 9 },
      { name: 'accuracy', step: 1, value: 0.5 },
    ],
  );
  expect(after).toEqual([
    { name: 'loss', steps: [1, 2, 3], values: [1, 0.5, 9] },
    { name: 'accuracy', steps: [1], values: [0.5] },
  ]);
});

test('a new attempt begins its curve again, and a point that came twice is there once', () => {
  expect(withPoints([curve('loss', 1, 2, 3)], [{ name: 'loss', step: 1, value: 7 }])).toEqual([
    { name: 'loss', steps: [1], values: [7] },
  ]);
  expect(withPoints([curve('loss', 1, 2)], [{ name: 'loss', step: 2, value: 0.5 }])[0]!.steps).toEqual([
    1, 2,
  ]);
});

test('very long curves keep their newest points', () => {
  const long = Array.from({ length: 1000 }, (_, i) => ({ name: 'loss', step: i, value: i }));
  const steps = withPoints([], long)[0]!.steps;
  expect([steps.length, steps.at(-1)]).toEqual([300, 999]);
});

test.each([
  [
    ['accuracy', 'loss', 'validation_loss'],
    ['loss', 'validation_loss'],
  ],
  [['seed', 'mean_reward'], ['mean_reward']],
  [['seed'], ['seed']],
  [[], []],
])('of %j the picture shows %j', (names, shown) => {
  expect(mainCurves(names.map((name) => curve(name, 1))).map(({ name }) => name)).toEqual(shown);
});

test('curves of different steps stand side by side', () => {
  expect(aligned([curve('a', 1, 3), curve('b', 2, 3)])).toEqual({
    steps: [1, 2, 3],
    values: [
      [1, null, 1 / 3],
      [null, 0.5, 1 / 3],
    ],
  });
});
