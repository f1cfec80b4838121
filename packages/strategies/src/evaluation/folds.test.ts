import { describe, expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import { foldsInTime } from './folds.ts';

/** Rows of some symbols one after the other, as a data set pools them; hours. */
function rowsOf(symbols: readonly { readonly times: readonly number[]; readonly horizon: number }[]) {
  const time = symbols.flatMap(({ times }) => times);
  const labelEnd = symbols.flatMap(({ times, horizon }) =>
    times.map((t, i) => (times[i + horizon] ?? t + horizon) + 1),
  );
  return { time: Float64Array.from(time), labelEnd: Float64Array.from(labelEnd) };
}

const hours = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const random = createRandom(5);
const irregular = hours(0, 900).filter(() => random.next() < 0.5);

const cases = {
  'one symbol': rowsOf([{ times: hours(0, 500), horizon: 1 }]),
  'labels that look far ahead': rowsOf([{ times: hours(0, 500), horizon: 20 }]),
  'symbols of the same times': rowsOf([1, 2, 3].map(() => ({ times: hours(0, 200), horizon: 2 }))),
  'symbols of different times': rowsOf([
    { times: hours(0, 150), horizon: 1 },
    { times: hours(100, 400), horizon: 3 },
    { times: hours(50, 90), horizon: 1 },
  ]),
  'a gap between train and validation rows': rowsOf([
    { times: [...hours(0, 300), ...hours(330, 400)], horizon: 5 },
  ]),
  'bars that are missing here and there': rowsOf([
    { times: irregular, horizon: 4 },
    { times: hours(0, 900).filter((t) => t % 24 < 8), horizon: 4 },
  ]),
};

describe.each(Object.entries(cases))('folds of %s', (_, rows) => {
  const { time, labelEnd } = rows;
  const embargo = 6;
  const folds = foldsInTime(rows, { count: 5, embargo, minFit: 1 });

  test('ask each row once, in pieces of time of about the same size', () => {
    expect(folds).toHaveLength(5);
    const asked = folds.flatMap(({ ask }) => [...ask]);
    expect(asked.toSorted((a, b) => a - b)).toEqual([...time.keys()]);
    for (const { ask } of folds)
      expect(Math.abs(ask.length - time.length / 5)).toBeLessThanOrEqual(0.05 * time.length);
    const spans = folds.map(({ ask }) => {
      const times = [...ask].map((row) => time[row]!);
      return { from: Math.min(...times), to: Math.max(...times) };
    });
    // A time of several symbols is never in two pieces.
    spans.slice(1).forEach(({ from }, i) => expect(from).toBeGreaterThan(spans[i]!.to));
  });

  test('fit on no row whose label overlaps what is asked, nor on one within the embargo of it', () => {
    for (const { fit, ask } of folds)
      for (const row of fit)
        for (const other of ask) {
          const before = labelEnd[row]! <= time[other]! - embargo;
          const after = time[row]! >= labelEnd[other]! + embargo;
          if (!before && !after)
            throw new Error(`row ${row} at ${time[row]!} is fitted, ${other} at ${time[other]!} asked`);
        }
  });

  test('fit on every other row', () => {
    folds.forEach(({ fit, ask }) => {
      const from = Math.min(...[...ask].map((row) => time[row]!));
      const to = Math.max(...[...ask].map((row) => labelEnd[row]!));
      const clear = [...time.keys()].filter(
        (row) => labelEnd[row]! <= from - embargo || time[row]! >= to + embargo,
      );
      expect([...fit]).toEqual(clear);
    });
  });
});

test('a piece that leaves too little to fit on is left out, and so is one without rows', () => {
  const few = rowsOf([{ times: hours(0, 60), horizon: 1 }]);
  expect(foldsInTime(few, { count: 3, embargo: 15, minFit: 30 })).toEqual([]);
  const some = foldsInTime(few, { count: 3, embargo: 15, minFit: 20 });
  // The middle piece loses 15 hours on either side.
  expect(some.map(({ ask }) => ask[0])).toEqual([0, 40]);
  const one = rowsOf([1, 2, 3, 4].map(() => ({ times: [7], horizon: 1 })));
  expect(foldsInTime(one, { count: 2, embargo: 0, minFit: 0 })).toHaveLength(1);
});
