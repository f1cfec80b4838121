import { describe, expect, test } from '@jest/globals';
import { sampleBars } from '../test/bars.ts';
import { splitInTime } from './evaluation/index.ts';
import { purgeAcrossSymbols, type TimedSplit } from './purge.ts';

const day = 86_400_000;

function splitOf(start: number, step: number, rows = 500, horizon = 1): TimedSplit {
  const time = Float64Array.from({ length: rows }, (_, t) => start + t * step);
  return { time, horizon, split: splitInTime({ from: 33, to: rows, horizon }) };
}

const size = ({ split: { train, validation, holdout } }: TimedSplit): number[] => [
  train.to - train.from,
  validation.to - validation.from,
  holdout.to - holdout.from,
];
const sizes = (symbols: readonly TimedSplit[]): number[][] =>
  purgeAcrossSymbols(symbols).map(({ train, validation, holdout }) => [
    train.length,
    validation.length,
    holdout.to - holdout.from,
  ]);

describe('purgeAcrossSymbols', () => {
  test('takes nothing from symbols of one calendar, nor from one alone', () => {
    const a = splitOf(0, day);
    expect(sizes([a, splitOf(0, day), splitOf(0, day)])).toEqual([size(a), size(a), size(a)]);
    expect(sizes([a])).toEqual([size(a)]);
  });

  test('takes nothing from symbols whose times are apart', () => {
    expect(sizes([splitOf(0, day), splitOf(2000 * day, day)])).toEqual([
      size(splitOf(0, day)),
      size(splitOf(0, day)),
    ]);
  });

  test('gives up training rows that lie in the holdout of a symbol that ended earlier', () => {
    const ended = splitOf(0, day);
    const current = splitOf(200 * day, day);
    const [first, second] = purgeAcrossSymbols([ended, current]);
    expect(first!.holdout).toEqual(ended.split.holdout);
    expect(second!.train.length).toBeLessThan(size(current)[0]!);
    const holdoutStart = ended.time[ended.split.holdout.from]!;
    const clash = second!.train.filter(
      (t) => current.time[t]! + 2 * day > holdoutStart && current.time[t]! < 500 * day,
    );
    expect(clash).toEqual([]);
  });

  test('cuts the holdout of a daily symbol rather than lose all rows of an hourly one', () => {
    const daily = splitOf(0, day);
    const hourly = splitOf(500 * day - 500 * 3_600_000, 3_600_000);
    const [long, short] = purgeAcrossSymbols([daily, hourly]);
    expect(short!.train.length).toBe(size(hourly)[0]!);
    const rest = long!.holdout.to - long!.holdout.from;
    expect(rest).toBeLessThan(size(daily)[2]!);
    expect(rest).toBeGreaterThanOrEqual(size(daily)[2]! / 2);
  });

  test.each([1, 5])(
    'leaves no row with horizon %i that is fitted or chosen on while another symbol is judged',
    (horizon) => {
      const hour = day / 24;
      const symbols = [
        splitOf(0, day, 500, horizon),
        splitOf(150 * day, day, 420, horizon),
        splitOf(430 * day, hour, 1600, horizon),
        splitOf(3 * hour, 6 * hour, 1500, horizon),
      ];
      const purged = purgeAcrossSymbols(symbols);
      const learnt = purged.reduce((sum, { train }) => sum + train.length, 0);
      expect(learnt).toBeGreaterThan(500);
      const spans = (s: number, rows: readonly number[]): [number, number][] =>
        rows.map((t) => [
          symbols[s]!.time[t]!,
          symbols[s]!.time[t]! + (horizon + 1) * (symbols[s]!.time[1]! - symbols[s]!.time[0]!),
        ]);
      const clashes = (first: [number, number][], second: [number, number][]): number =>
        first.filter(([from, to]) => second.some(([start, end]) => from < end && to > start)).length;
      purged.forEach((own, b) => {
        const { from, to } = own.holdout;
        const judged = spans(
          b,
          Array.from({ length: to - from }, (_, i) => from + i),
        );
        purged.forEach((other, a) => {
          if (a === b) return;
          expect(clashes(spans(a, [...other.train, ...other.validation]), judged)).toBe(0);
          expect(clashes(spans(a, other.train), spans(b, own.validation))).toBe(0);
        });
        expect(judged.length).toBeGreaterThan(20);
      });
    },
  );

  test('takes a million bars a symbol', () => {
    const hour = day / 24;
    const [long] = purgeAcrossSymbols([splitOf(0, hour, 1_000_000), splitOf(850_000 * hour, hour, 200_000)]);
    expect(long!.holdout.to - long!.holdout.from).toBeGreaterThan(100_000);
  });

  test('costs the newest 1000 sample bars 37 validation rows of SP500 and nothing else', () => {
    const symbols = (['EURUSD', 'GOOG', 'SP500'] as const).map((symbol) => {
      const { time } = sampleBars(symbol, 1000);
      return { time, horizon: 1, split: splitInTime({ from: 33, to: time.length, horizon: 1 }) };
    });
    expect(sizes(symbols)).toEqual([
      [616, 141, 189],
      [616, 141, 189],
      [616, 104, 189],
    ]);
  });
});
