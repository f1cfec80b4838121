// Strategies that look at other symbols, coarser steps and further columns.
import { describe, expect, test } from '@jest/globals';
import type { Plain } from '@ml-training/sdk';
import { copyBars, sampleBars, scaleFrom, walk } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { strategiesFolder } from '../../test/user-strategy.ts';
import { sliceBars } from '../features/index.ts';
import { checkForLeaks, describeStrategy, loadStrategy, StrategyError, walkForward } from '../index.ts';
import type { Bars, Strategy } from '../strategy.ts';
import { needsOf } from './inputs.ts';

const { dir, add } = strategiesFolder();
/** Of each strategy one thread. */
const loaded = new Map<string, Promise<Strategy>>();
function load(name: string): Promise<Strategy> {
  const found = loaded.get(name) ?? loadStrategy(name, { strategiesDir: dir });
  loaded.set(name, found);
  return found;
}
const hour = 3_600_000;

/** As issue 10 prints it, its label apart. */
const printed = add(`
import type { UserStrategy } from '@ml-training/sdk';
export default {
  learner: 'ensemble',                       // or 'lstm', 'rl', 'lightgbm', 'logistic', or an object of one's own
  window: 50,                                // bars a row may look at
  inputs: [{ symbol: 'BTC/USDT' }, { resample: '1h' }],   // joined as of each close
  params: { lookahead: { default: 12, min: 1, max: 500 } },
  features: ({ bars, inputs: [btc], ta, params }) => ({ rsi: ta.rsi(bars.close, 14), btc: ta.logReturn(btc.close, params.lookahead) }),
  scope: 'symbol', settings: { num_boost_round: 10, forest_trees: 2 },
} satisfies UserStrategy;
`);

const own = walk({ rows: 600, seed: 1, symbol: 'OWN', stepMs: hour / 4 });
const btc = walk({ rows: 170, seed: 2, symbol: 'BTC/USDT', startMs: own.time[0]! - 13 * hour });
const funding = Float64Array.from(own.close, (_, t) => (t % 8 === 0 ? Math.sin(t) : Number.NaN));
const given: Bars = { ...own, inputs: [btc] };
const withColumn: Bars = { ...own, columns: { funding_rate: funding } };

const small = `learner: 'ensemble', scope: 'symbol', settings: { num_boost_round: 5, forest_trees: 2 },`;
const strategyOf = (rest: string): string => add(`export default { ${small} ${rest} };`);
const all = strategyOf(`
  window: 60,
  inputs: [{ resample: '1h' }, { symbol: 'BTC/USDT' }, { resample: '2h' }],
  columns: ['funding_rate'],
  features: ({ bars, inputs: [hours, btc, twoHours], ta }) => ({
    hours: ta.logReturn(hours.close, 8),
    rsi: hours.join(ta.rsi(hours.bars.close, 5)),
    two: ta.atr(twoHours, 4),
    btc: ta.logReturn(btc.close, 12),
    pace: btc.join(ta.zscore(btc.bars.close, 6)),
    ratio: bars.close.map((close, t) => close / btc.close[t]),
    funding: ta.fillForward(bars.columns.funding_rate, 8),
  }),`);
const allGiven: Bars = { ...withColumn, inputs: [btc] };

const train = async (name: string, bars: Bars, params: Record<string, Plain> = {}) => {
  const strategy = await load(name);
  checkForLeaks(strategy, [bars], params, 1);
  return await strategy.train({ bars: [bars], params, seed: 1, threads: 1 }, recorder().context);
};
async function refusal(name: string, bars: Bars): Promise<string> {
  const strategy = await load(name);
  try {
    strategy.prepare([bars]);
    return 'nothing';
  } catch (error) {
    return error instanceof StrategyError ? `${error.code}: ${error.message}` : String(error);
  }
}

const withoutStep = (bars: Bars): Bars =>
  Object.fromEntries(Object.entries(bars).filter(([name]) => name !== 'step')) as unknown as Bars;

describe.each([
  ['the printed example', printed, given],
  ['of all kinds', all, allGiven],
])('%s', (_, name, bars) => {
  test('is trained, and its file predicts what was judged, of single rows as of all', async () => {
    const { artefact, report, predictions } = await train(name, bars);
    expect(artefact.steps).toEqual({ OWN: hour / 4, 'BTC/USDT': hour });
    const predictor = await (await load(name)).load(structuredClone(artefact));
    const { holdout } = report.symbols[0]!;
    expect(await predictor.predict(bars, holdout)).toEqual(predictions[0]);
    expect(predictor.needs!.symbols).toEqual(['BTC/USDT']);
    for (const at of [0, 1, 2, 3, 50]) {
      const row = holdout.from + at;
      const { window } = artefact;
      // As a bot has them: the window alone, and no word of how long a bar lasts.
      const slice = sliceBars(bars, { from: row - window + 1, to: row + 1 });
      const last = { ...slice, inputs: slice.inputs!.map(withoutStep) };
      const { score } = await predictor.predict(withoutStep(last), { from: window - 1, to: window });
      expect(score[0]).toBe(predictions[0]!.score[at]);
    }
    predictor.dispose();
  });

  test('is judged walk-forward', async () => {
    const strategy = await load(name);
    const [walked] = await walkForward(strategy, [bars], {
      folds: 2,
      seed: 1,
      threads: 1,
      signal: new AbortController().signal,
    });
    expect(walked!.folds).toHaveLength(2);
  });
});

test('later bars of an input change no feature of before, however little later they close', async () => {
  const { compute } = (await load(all)).features();
  const cols = 7;
  const table = compute(allGiven);
  for (const row of [200, 201, 202, 203, 204]) {
    const close = own.time[row]! + hour / 4;
    const first = btc.time.findIndex((begin) => begin + hour > close);
    const planted = compute({ ...allGiven, inputs: [scaleFrom(btc, first, 3)] });
    expect(planted.data.subarray(0, (row + 1) * cols)).toEqual(table.data.subarray(0, (row + 1) * cols));
    // It is not that nothing would change: at the very close of that bar it does.
    const known = own.time.findIndex((begin) => begin + hour / 4 >= btc.time[first]! + hour);
    expect(planted.data[known * cols + 3]).not.toBe(table.data[known * cols + 3]);
  }
});

describe('a leak is refused', () => {
  /** Bars of an input as a join would see them that takes a bar for closed when it begins. */
  const early = ({ inputs = [], ...bars }: Bars): Bars => ({
    ...bars,
    inputs: inputs.map((input) => ({ ...input, time: input.time.map((time) => time - hour) })),
  });
  const off = (strategy: Strategy): Strategy => ({
    ...strategy,
    prepare: (bars, params) => strategy.prepare(bars.map(early), params),
  });

  test('of a join that is off by one bar', async () => {
    const strategy = await load(all);
    for (const seed of [1, 2, 3])
      expect(() => checkForLeaks(off(strategy), [allGiven], {}, seed)).toThrow(
        expect.objectContaining({
          code: 'LEAK',
          message: expect.stringMatching(
            /^OWN: the feature (btc|pace|ratio) of a training row depends on later/,
          ),
        }),
      );
  });

  test('of a column that is off by one bar', async () => {
    const name = strategyOf(`
      window: 20, columns: ['funding_rate'],
      features: ({ bars, ta }) => ({ own: ta.rsi(bars.close, 14), funding: bars.columns.funding_rate }),`);
    const bars = { ...own, columns: { funding_rate: own.close.map((_, t) => Math.sin(t * t)) } };
    const ahead = ({ columns, ...rest }: Bars): Bars => {
      const { funding_rate: rates } = columns as { readonly funding_rate: Float64Array };
      return { ...rest, columns: { funding_rate: rates.map((rate, t) => rates[t + 1] ?? rate) } };
    };
    const strategy = await load(name);
    const { train_rows } = checkForLeaks(strategy, [bars], {}, 1);
    expect(train_rows).toBeGreaterThan(300);
    const off = { ...strategy, prepare: (all: readonly Bars[]) => strategy.prepare(all.map(ahead)) };
    expect(() => checkForLeaks(off, [bars], {}, 1)).toThrow(
      'the feature funding of a training row depends on later bars',
    );
  });

  test.each([
    ['of bars of their own step, taken by row', 'btc.bars.close[t]', 'btc'],
    ['of the last bar of all', 'btc.bars.close.at(-1)', 'btc'],
    ['of a coarser step', 'hours.bars.close[Math.floor(t / 4)] ?? 0', 'hours'],
    ['of a column', 'bars.columns.funding_rate.findLast((rate) => rate === rate)', 'column'],
  ])('%s', async (_, value) => {
    const name = strategyOf(`
      window: 30, inputs: [{ symbol: 'BTC/USDT' }, { resample: '1h' }], columns: ['funding_rate'],
      features: ({ bars, inputs: [btc, hours] }) => ({ ahead: bars.close.map((_, t) => ${value} ?? 0) }),`);
    expect(await refusal(name, allGiven)).toMatch(/the feature ahead at .* becomes another/);
  });
});

test.each([
  [10, /the feature lag at .* becomes another when it is computed of the 10 bars/],
  [11, /nothing/],
])('a window of %i is looked at where it cuts off the most of a coarser step', async (window, message) => {
  const name = strategyOf(`window: ${window}, inputs: [{ resample: '1h' }],
    features: ({ bars, inputs: [hours], ta }) => ({ lag: ta.lag(hours.close, 4), close: bars.close }),`);
  // Of these bars the rows that are spread over all of them begin with an hour each.
  expect(await refusal(name, sliceBars(own, { from: 0, to: 450 }))).toMatch(message);
});

describe('what is missing', () => {
  test('rows before an input begins are not learnt from; gaps are carried forward and told of', async () => {
    const late = sliceBars(btc, { from: 40, to: btc.time.length });
    const rows = [...late.time.keys()].filter((i) => i < 60 || i >= 72);
    const holed: Bars = {
      ...late,
      ...Object.fromEntries(
        (['time', 'open', 'high', 'low', 'close', 'volume'] as const).map((column) => [
          column,
          Float64Array.from(rows, (i) => late[column][i]!),
        ]),
      ),
    };
    const { report, artefact } = await train(printed, { ...own, inputs: [holed] });
    const firstKnown = own.time.findIndex((begin) => begin + hour / 4 >= late.time[0]! + hour);
    expect(report.symbols[0]!.train.from).toBe(firstKnown + artefact.window - 1);
    expect(report.details['inputs']).toEqual({
      OWN: {
        'BTC/USDT': { rows_before_first_bar: firstKnown, rows_carried_forward: 48, longest_hours: 12.75 },
      },
    });
  });

  test('rows before a column begins are not learnt from either', async () => {
    const late = funding.slice().fill(Number.NaN, 0, 104);
    const { report } = await train(all, { ...allGiven, columns: { funding_rate: late } });
    expect(report.symbols[0]!.train.from).toBe(104 + 59);
  });

  test.each([
    ['an input', own, /INVALID_BARS: OWN: there are no bars of BTC\/USDT, .*: give them as an input/],
    [
      'all bars of one',
      { ...own, inputs: [sliceBars(btc, { from: 0, to: 0 })] },
      /TOO_FEW_BARS: OWN: .* cover only 0 of 600/,
    ],
    [
      'most of them',
      { ...own, inputs: [sliceBars(btc, { from: 100, to: 170 })] },
      /TOO_FEW_BARS: OWN: the bars of BTC\/USDT.* cover only 2\d\d of 600/,
    ],
    [
      'the newer ones',
      { ...own, inputs: [sliceBars(btc, { from: 0, to: 60 })] },
      /cover only \d+ of 600 .*get more bars of BTC\/USDT/,
    ],
    ['a possible price', { ...own, inputs: [scaleFrom(btc, 20, -1)] }, /INVALID_BARS: BTC\/USDT has open -/],
    [
      'order in time',
      { ...own, inputs: [{ ...btc, time: btc.time.toReversed() }] },
      /BTC\/USDT bar 1 doesn't come after/,
    ],
  ] as const)('%s is refused', async (_, bars, message) => {
    expect(await refusal(printed, bars)).toMatch(message);
  });

  test.each([
    [
      'the column',
      { ...own, inputs: [btc] },
      /INVALID_BARS: the bars of OWN come without the column funding_rate/,
    ],
    [
      'all its values',
      { ...allGiven, columns: { funding_rate: funding.map(() => Number.NaN) } },
      /TOO_FEW_BARS: .*funding_rate.* has no value in 600 bars/,
    ],
    [
      'most of them',
      { ...allGiven, columns: { funding_rate: funding.slice().fill(Number.NaN, 0, 400) } },
      /its first value at bar 400 of 600/,
    ],
    [
      'some of them',
      { ...allGiven, columns: { funding_rate: funding.slice().fill(Number.NaN, 200, 300) } },
      /INVALID_STRATEGY: .*funding is NaN at .*fillForward/,
    ],
    [
      'a finite value',
      { ...allGiven, columns: { funding_rate: funding.map(() => Infinity) } },
      /INVALID_BARS: OWN has funding_rate Infinity/,
    ],
  ] as const)('%s of a column is refused', async (_, bars, message) => {
    expect(await refusal(all, bars as Bars)).toMatch(message);
  });

  test('at a prediction, it is said what to give', async () => {
    const { artefact } = await train(printed, given);
    const predictor = await (await load(printed)).load(artefact);
    const predict = (bars: Bars) => predictor.predict(bars, { from: 599, to: 600 });
    await expect(predict(own)).rejects.toThrow('there are no bars of BTC/USDT');
    const short = sliceBars(btc, { from: 160, to: 170 });
    await expect(predict({ ...own, inputs: [short] })).rejects.toThrow(
      /OWN: the feature btc is not known at .*: give bars of BTC\/USDT from 2020-\S+ on/,
    );
    predictor.dispose();
  });

  test('bars that are too coarse for a step', async () => {
    const daily = sampleBars('GOOG', 300);
    const message = await refusal(printed, {
      ...daily,
      inputs: [{ ...copyBars(daily), symbol: 'BTC/USDT' }],
    });
    expect(message).toMatch(
      /INVALID_BARS: GOOG has a bar every 1440 minutes, of which none of 1h can be made/,
    );
  });
});

test('a strategy over all symbols leaves out the one that an input does not cover', async () => {
  const name = add(`export default { learner: 'ensemble', settings: { num_boost_round: 5, forest_trees: 2 },
    window: 30, inputs: [{ symbol: 'BTC/USDT' }],
    features: ({ bars, inputs: [btc], ta }) => ({
      btc: ta.logReturn(btc.close, 4), own: ta.rsi(bars.close, 14),
    }) };`);
  const early = walk({ rows: 600, seed: 5, symbol: 'EARLY', startMs: Date.UTC(2015, 0, 1) });
  const strategy = await load(name);
  // The input itself is one of the symbols: it is its own.
  const bars = [
    given,
    { ...early, inputs: [btc] },
    walk({ rows: 600, seed: 9, symbol: 'BTC/USDT', stepMs: hour / 4 }),
  ];
  const { report } = await strategy.train({ bars, seed: 1, threads: 1 }, recorder().context);
  expect(report.symbols.map(({ symbol }) => symbol)).toEqual(['OWN', 'BTC/USDT']);
  expect(report.details['left_out']).toEqual({
    EARLY: expect.stringMatching(/BTC\/USDT.* cover only 0 of 600/),
  });
});

test('what it needs is among its facts', async () => {
  const { needs, features } = await describeStrategy(dir, all);
  expect(needs).toEqual({ symbols: ['BTC/USDT'], columns: ['funding_rate'] });
  expect(features).toHaveLength(7);
  expect((await load(all)).needs).toEqual(needs);
  expect(
    (await describeStrategy(dir, strategyOf('window: 1, features: ({ bars }) => ({ a: bars.close }),')))
      .needs,
  ).toBeUndefined();
});

test.each([
  [{ inputs: 'BTC/USDT' }, /inputs is "BTC\/USDT": give a list/],
  [{ inputs: ['BTC/USDT'] }, /inputs\[0\] is "BTC\/USDT": give an object/],
  [{ inputs: [{ symbol: '../x' }] }, /inputs\[0\].symbol is "..\/x": give a symbol that has bars/],
  [{ inputs: [{ resample: '1 hour' }] }, /inputs\[0\].resample is "1 hour": give a number of minutes/],
  [{ inputs: [{ symbol: 'A', resample: '1h' }] }, /inputs\[0\] has symbol and resample: give/],
  [{ inputs: [{}] }, /inputs\[0\] has nothing: give/],
  [{ inputs: [{ symbol: 'A' }, { symbol: 'A' }] }, /inputs\[1\] is there twice/],
  [{ inputs: [{ resample: '60m' }, { resample: '1h' }] }, /inputs\[1\] is there twice/],
  [{ columns: 'funding' }, /columns is "funding": give a list/],
  [{ columns: ['Funding'] }, /columns\[0\] is "Funding": give the name of a column/],
  [{ columns: ['close'] }, /columns\[0\] is "close", which every bar has/],
  [{ columns: ['a', 'a'] }, /columns\[1\] is "a", which is there twice/],
])('%j is refused', (part, message) => {
  expect(() => needsOf(part)).toThrow(message);
});
