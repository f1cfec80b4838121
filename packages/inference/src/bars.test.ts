import { describe, expect, test } from '@jest/globals';
import { inputsOf, lastBars, lastBarsWith, type Bar, type BarsInput } from './bars.ts';

const day = 86_400_000;
const bar = (i: number, over: Partial<Bar> = {}): Bar => ({
  time: Date.UTC(2024, 0, 1) + i * day,
  open: 10 + i,
  high: 12 + i,
  low: 9 + i,
  close: 11 + i,
  volume: 100 + i,
  ...over,
});
const three = [bar(0), bar(1), bar(2)];

describe('the last bars', () => {
  test('become columns, oldest first', () => {
    expect(lastBars(three, 'GOOG', 2)).toEqual({
      symbol: 'GOOG',
      time: Float64Array.of(Date.UTC(2024, 0, 2), Date.UTC(2024, 0, 3)),
      open: Float64Array.of(11, 12),
      high: Float64Array.of(13, 14),
      low: Float64Array.of(10, 11),
      close: Float64Array.of(12, 13),
      volume: Float64Array.of(101, 102),
    });
  });

  test('may have no volume', () => {
    const { time, open, high, low, close } = bar(3);
    const last = [bar(2), { time, open, high, low, close }, bar(4, { volume: null })];
    expect(lastBars(last, 'GOOG', 3).volume).toEqual(Float64Array.of(102, Number.NaN, Number.NaN));
  });

  test('may be columns without volume', () => {
    const column = [1, 2, 3];
    const columns = { time: column, open: column, high: column, low: column, close: column };
    expect(lastBars(columns, 'GOOG', 2)).toMatchObject({
      close: Float64Array.of(2, 3),
      volume: Float64Array.of(Number.NaN, Number.NaN),
    });
  });
});

describe('are refused', () => {
  const refused = (bars: Parameters<typeof lastBars>[0], window = 3): string => {
    try {
      lastBars(bars, 'GOOG', window);
    } catch (error) {
      return String(error);
    }
    throw new Error('nothing was refused');
  };

  test.each([
    ['newest first', [...three].reverse(), /number 2 has no time, or none after that of the bar before it/],
    ['twice the same', [bar(0), bar(0), bar(1)], /number 2/],
    ['with a time that is none', [bar(0), bar(1, { time: 'soon' }), bar(2)], /number 2/],
    [
      'with seconds',
      three.map((b, i) => ({ ...b, time: 1_700_000_000 + i })),
      /looks like seconds: pass milli/,
    ],
    [
      'with microseconds',
      three.map((b) => ({ ...b, time: 1000 * Number(b.time) })),
      /is 1704240000000000, which looks like microseconds: pass milli/,
    ],
    ['with nanoseconds', three.map((b) => ({ ...b, time: 1e6 * Number(b.time) })), /nanoseconds: pass milli/],
    [
      'with a time without a zone',
      [bar(0), bar(1, { time: '2024-01-02T10:00:00' }), bar(2)],
      /number 2 has the time "2024-01-02T10:00:00", which has no time zone: add Z for UTC/,
    ],
    ['too few', three.slice(1), /GOOG: this model looks at the last 3 bars, but was given 2/],
    ['none', [], /was given 0/],
  ])('%s', (_, bars, message) => {
    expect(refused(bars)).toMatch(message);
  });

  test('columns of different length', () => {
    const column = [1, 2, 3];
    const columns = { time: column, open: column, high: [1, 2], low: column, close: column };
    expect(refused(columns)).toMatch(/there are 3 closes, but 2 values of high/);
    expect(refused({ ...columns, high: column, volume: [1] })).toMatch(/1 values of volume/);
  });
});

describe('what a strategy looks at besides', () => {
  const needs = { symbols: ['BTC/USDT'], columns: ['funding_rate'] };
  const funded = three.map((one, i) => ({ ...one, funding_rate: i === 1 ? null : i }));
  const given = (bars: BarsInput, inputs?: Readonly<Record<string, BarsInput>>) =>
    lastBarsWith(bars, 'GOOG', 2, { needs, inputs });

  test('comes along: columns of the last bars, all bars of other symbols', () => {
    const { columns, inputs, time } = given(funded, { 'BTC/USDT': three });
    expect(time).toHaveLength(2);
    expect(columns).toEqual({ funding_rate: Float64Array.of(Number.NaN, 2) });
    expect(inputs).toEqual([lastBars(three, 'BTC/USDT', 3)]);
  });

  test('may be columns, beside the others or among `columns`, as bars are that were read', () => {
    const { time, open, high, low, close, volume } = lastBars(three, 'GOOG', 3);
    const plain = { time, open, high, low, close, volume };
    const rates = [0, Number.NaN, 2];
    const expected = given(funded, { 'BTC/USDT': funded });
    expect(given({ ...plain, columns: { funding_rate: rates } }, { 'BTC/USDT': funded })).toEqual(expected);
    const beside = { ...plain, funding_rate: rates };
    expect(given(beside, { 'BTC/USDT': beside })).toEqual(expected);
    expect(given(beside, inputsOf(expected))).toEqual(expected);
  });

  test("of the model's own symbol need not be given twice", () => {
    expect(lastBarsWith(funded, 'BTC/USDT', 2, { needs, inputs: undefined }).inputs).toEqual([]);
  });

  test.each([
    [
      'no inputs',
      funded,
      undefined,
      /looks at bars of BTC\/USDT as well, but was given none of BTC\/USDT: pass/,
    ],
    [
      'other inputs',
      funded,
      { ETH: three },
      /given none of BTC\/USDT: pass them as predict\(bars, holding, \{ inputs/,
    ],
    [
      'no column',
      three,
      { 'BTC/USDT': three },
      /GOOG: this model looks at the column funding_rate, which the bars come/,
    ],
    [
      'inputs newest first',
      funded,
      { 'BTC/USDT': three.toReversed() },
      /BTC\/USDT: of the last 3 bars, number 2/,
    ],
    [
      'a column of another length',
      { ...lastBars(three, 'GOOG', 3), columns: { funding_rate: [1] } },
      { 'BTC/USDT': three },
      /there are 3 closes, but 1 values of funding_rate/,
    ],
  ] as const)('%s: refused', (_, bars, inputs, message) => {
    expect(() => given(bars, inputs)).toThrow(
      expect.objectContaining({ code: 'BARS_INVALID', message: expect.stringMatching(message) }),
    );
  });
});
