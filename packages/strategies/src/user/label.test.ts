// Labels of a user's strategy: trained by a learner of its own, judged, loaded and warm-started; and what is
// said of wrong ones.
import { describe, expect, test } from '@jest/globals';
import { closes, sampleBars } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { strategiesFolder } from '../../test/user-strategy.ts';
import { checkForLeaks, describeStrategy, loadStrategy, walkForward } from '../index.ts';
import { sliceBars } from '../features/index.ts';
import { createRandom } from '../random.ts';
import type { Artefact, Bars, TrainRequest } from '../strategy.ts';

const { dir, add } = strategiesFolder();
const goog = sampleBars('GOOG', 600);

/** A price whose every log return is half the one before, turned round, and noise: 0.25 is the best R². */
function swinging(rows: number): Bars {
  const random = createRandom(11);
  let [price, move] = [100, 0];
  return closes(
    Array.from({ length: rows }, () => {
      const noise = 0.01 * (random.next() + random.next() + random.next() - 1.5);
      move = -0.5 * move + noise;
      return (price *= Math.exp(move));
    }),
  );
}

/** Least squares, or softmax regression, by gradient descent, with a constant. */
const learner = `{
    warmStart: true,
    fit({ train }, { task, classes, champion }) {
      const [outputs, inputs] = [task === 'regression' ? 1 : task === 'binary' ? 1 : classes.length, train.cols + 1];
      let mean = 0;
      for (const y of train.labels) mean += task === 'regression' ? y / train.rows : 0;
      let spread = 0;
      for (const y of train.labels) spread += (y - mean) ** 2 / train.rows;
      const unit = task === 'regression' ? Math.sqrt(spread) : 1;
      const weights = champion?.weights ? [...champion.weights] : Array(outputs * inputs).fill(0);
      for (let step = 0; step < 100; step++) {
        const slope = Array(outputs * inputs).fill(0);
        for (let r = 0; r < train.rows; r++) {
          const said = answer(weights, outputs, task, train.data, r, train.cols);
          for (let k = 0; k < outputs; k++) {
            const came = task === 'regression' ? (train.labels[r] - mean) / unit
              : outputs === 1 ? train.labels[r] : train.labels[r] === k ? 1 : 0;
            for (let c = 0; c < inputs; c++)
              slope[k * inputs + c] += (came - said[k]) * (c < train.cols ? train.data[r * train.cols + c] : 1);
          }
        }
        for (let i = 0; i < weights.length; i++) weights[i] += (0.5 / train.rows) * slope[i];
      }
      return { weights, outputs, mean, unit };
    },
    load: ({ weights, outputs, mean, unit }, { task }) => ({
      predict: ({ data, rows, cols }) => {
        const said = Array.from({ length: rows }, (_, r) => answer(weights, outputs, task, data, r, cols));
        if (outputs > 1) return said;
        return said.map(([y]) => (task === 'regression' ? mean + unit * y : y));
      },
    }),
  }`;
const answer = `
function answer(weights, outputs, task, data, r, cols) {
  const raw = Array.from({ length: outputs }, (_, k) => {
    let sum = weights[k * (cols + 1) + cols];
    for (let c = 0; c < cols; c++) sum += weights[k * (cols + 1) + c] * data[r * cols + c];
    return sum;
  });
  if (task === 'regression') return raw;
  if (outputs === 1) return raw.map((z) => 1 / (1 + Math.exp(-z)));
  const powers = raw.map((z) => Math.exp(z - Math.max(...raw)));
  const all = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / all);
}
`;
const strategyOf = (label: string, rest = '', scope = 'symbol'): string =>
  add(`export default { learner: ${learner}, scope: '${scope}', window: 30, label: ${label}, ${rest}
  features: ({ bars, ta }) => ({ return_1: ta.logReturn(bars.close), return_2: ta.logReturn(bars.close, 2),
    volatility: ta.volatility(bars.close, 10) }) };
${answer}`);
const load = (name: string) => loadStrategy(name, { strategiesDir: dir });
async function train(name: string, request: Partial<TrainRequest> = {}) {
  const strategy = await load(name);
  const trained = await strategy.train({ bars: [goog], seed: 1, threads: 1, ...request }, recorder().context);
  return { strategy, ...trained };
}

const kinds: readonly (readonly [what: string, label: string, task: string, described: object])[] = [
  [
    'a regression on the log return',
    `{ kind: 'regression', horizon: 3 }`,
    'regression',
    { kind: 'regression', horizon: 3, of: 'log_return' },
  ],
  [
    'a regression of its own',
    `{ kind: 'regression', horizon: 3,
      of: ({ bars, ta, horizon }) => bars.close.map((c, t) => (bars.close[t + horizon] ?? NaN) / c - 1) }`,
    'regression',
    { kind: 'regression', horizon: 3, of: 'own' },
  ],
  [
    'a direction with a band in costs',
    `{ kind: 'direction', horizon: 2, neutral: { costs: 3 } }`,
    'multiclass',
    { kind: 'direction', horizon: 2, neutral: { costs: 3, cost_bps: 5 } },
  ],
  [
    'a direction with a band in volatility',
    `{ kind: 'direction', horizon: 2, neutral: { volatility: 0.5, window: 20 } }`,
    'multiclass',
    { kind: 'direction', horizon: 2, neutral: { volatility: 0.5, window: 20 } },
  ],
  [
    'a triple barrier',
    `{ kind: 'triple_barrier', horizon: 8, upper: 1.5, lower: 1, window: 40 }`,
    'multiclass',
    { kind: 'triple_barrier', horizon: 8, upper: 1.5, lower: 1, window: 40 },
  ],
  [
    'classes of its own',
    `{ kind: 'classes', horizon: 4, classes: { fall: -1, calm: 0, rise: 1 },
      of: ({ bars: { close }, horizon }) => Array.from(close, (c, t) => {
        const move = close[t + horizon] / c - 1;
        return Number.isNaN(move) ? null : move > 0.01 ? 'rise' : move < -0.01 ? 'fall' : 1;
      }) }`,
    'multiclass',
    {
      kind: 'classes',
      horizon: 4,
      classes: [
        { name: 'fall', position: -1 },
        { name: 'calm', position: 0 },
        { name: 'rise', position: 1 },
      ],
    },
  ],
];

describe.each(kinds)('%s', (_, label, task, described) => {
  const name = strategyOf(label);

  test('is trained, judged by its kind, and predicted from its file as it was judged', async () => {
    const { strategy, artefact, report, predictions } = await train(name);
    expect(artefact.label).toMatchObject(described);
    expect(strategy.promotionMetric).toBe(task === 'regression' ? 'squared_error' : 'log_likelihood');
    expect((await describeStrategy(dir, name)).label).toBe(artefact.label.kind);
    const [{ metrics, intervals, baselines, holdout, validation, train: fitted, dataTo }] =
      report.symbols as [(typeof report.symbols)[number]];
    const wanted =
      task === 'regression' ? ['rank_ic', 'ic', 'r2', 'rmse'] : ['accuracy', 'balanced_accuracy', 'log_loss'];
    for (const score of [...wanted, 'return', 'sharpe']) {
      expect(metrics[score]).toBeDefined();
      expect(intervals[score]).toBeDefined();
    }
    expect(Object.keys(baselines)).toEqual([
      ...(task === 'regression' ? ['zero', 'train_mean', 'last_return'] : ['majority_class', 'last_class']),
      'buy_and_hold',
      'always_flat',
    ]);
    const loaded = await strategy.load(structuredClone(artefact));
    const again = await loaded.predict(goog, holdout);
    expect(again).toEqual(predictions[0]);
    expect(again.probabilities?.length ?? 0).toBe(task === 'regression' ? 0 : 3 * again.score.length);
    loaded.dispose();

    // Purged by its horizon: no label of a part reaches into the next, and the last one ends at dataTo.
    const { horizon } = artefact.label;
    expect(validation.from).toBeGreaterThanOrEqual(fitted.to + horizon);
    expect(holdout.from).toBeGreaterThanOrEqual(validation.to + horizon);
    expect(holdout.to).toBe(goog.close.length - horizon);
    expect(dataTo).toBe(goog.time[validation.to - 1 + horizon]);
    expect(artefact.fitted_spans.at(-1)!.end).toBe(goog.time[validation.to + horizon]);
  });

  test('passes the checks for leaks', async () => {
    const strategy = await load(name);
    const found = checkForLeaks(strategy, [goog], undefined, 1);
    expect(found.train_rows).toBeGreaterThan(100);
    expect(found.shuffled_labels).not.toBeNull();
  });
});

describe('a model of a regression', () => {
  const bars = swinging(1500);

  test('learns what is there to be learnt, and its scores say so', async () => {
    const { report, predictions } = await train(strategyOf(`{ kind: 'regression', horizon: 1 }`), {
      bars: [bars],
    });
    const { metrics, intervals, baselines } = report.symbols[0]!;
    // The best forecast is −½ of the last return: correlation ½, R² ¼.
    expect(metrics['ic']).toBeGreaterThan(0.4);
    expect(metrics['ic']).toBeLessThan(0.6);
    expect(metrics['rank_ic']).toBeGreaterThan(0.4);
    expect(metrics['r2']).toBeGreaterThan(0.15);
    expect(intervals['rank_ic']!.low).toBeGreaterThan(0);
    expect(metrics['rmse']).toBeLessThan(baselines['zero']!['rmse']!);
    expect(predictions[0]!.position).toContain(-1);
  });

  test('takes positions outside its band only, in the unit of its label', async () => {
    const name = strategyOf(`{ kind: 'regression', horizon: 1 }`, 'settings: { band: 0.004 },');
    const { predictions } = await train(name, { bars: [bars] });
    const { score, position } = predictions[0]!;
    expect([...position]).toEqual([...score].map((y) => (y > 0.004 ? 1 : y < -0.004 ? -1 : 0)));
    expect(new Set(position)).toEqual(new Set([-1, 0, 1]));
    const wide = strategyOf(
      `{ kind: 'regression', horizon: 1, of: ({ bars: { close } }) => close.map((c, t) => close[t + 1] - c) }`,
      'settings: { band: 25 },',
    );
    expect((await train(wide, { bars: [bars] })).predictions[0]!.position).not.toContain(1);
  });

  test('is walked forward, and compared to zero and the mean by squared error', async () => {
    const strategy = await load(strategyOf(`{ kind: 'regression', horizon: 1 }`));
    const options = { folds: 2, seed: 1, threads: 1, signal: new AbortController().signal };
    const [found] = await walkForward(strategy, [swinging(900)], options);
    expect(found!.pooled.comparisons.map(({ score }) => score)).toEqual(['squared_error', 'return']);
    expect(found!.pooled.comparisons[0]!.low).toBeGreaterThan(0);
    expect(Object.keys(found!.spread)).toContain('rank_ic');
  });

  test('is walked forward by the horizon and the costs of its file, though no job sets them', async () => {
    const strategy = await load(
      strategyOf(`{ kind: 'regression', horizon: 7 }`, 'settings: { cost_bps: 500 },'),
    );
    const options = { folds: 1, seed: 1, threads: 1, signal: new AbortController().signal };
    const [found] = await walkForward(strategy, [goog], options);
    // The last row's label ends with the bars.
    expect(found!.folds[0]!.to).toBe(goog.time[goog.time.length - 8]);
    expect(found!.folds[0]!.baselines['buy_and_hold']!['return']).toBeLessThan(0.1);
    const [cheap] = await walkForward(strategy, [goog], { ...options, params: { cost_bps: 0 } });
    expect(cheap!.folds[0]!.baselines['buy_and_hold']!['return']).toBeGreaterThan(
      found!.folds[0]!.baselines['buy_and_hold']!['return']! + 0.08,
    );
  });
});

test('numbers of a label may follow from params, and are what its models are told apart by', async () => {
  const name = strategyOf(
    `{ kind: 'triple_barrier', horizon: ({ ahead }) => ahead, upper: ({ width }) => 2 * width,
      lower: ({ width }) => width, window: 20 }`,
    'params: { ahead: { default: 6, min: 1, max: 50 }, width: { default: 1, min: 0.1, max: 5 } },',
  );
  const past = sliceBars(goog, { from: 0, to: 400 });
  const old = await train(name, { bars: [past], params: { width: 0.5 } });
  expect(old.artefact.label).toMatchObject({ horizon: 6, upper: 1, lower: 0.5 });
  const lineage = async (champion: Artefact, params = {}): Promise<string> =>
    (await train(name, { champion, params })).report.lineage.reason;
  const same = await lineage(old.artefact, { width: 0.5 });
  expect(same).toContain('warm start');
  // A param is also part of the features' sum; the label alone is told of where that is the same.
  expect(await lineage(old.artefact)).toContain('computed otherwise');
  const other: Artefact = { ...old.artefact, label: { ...old.artefact.label, upper: 9 } };
  expect(await lineage(other, { width: 0.5 })).toContain('the model in use learnt the label triple_barrier');
  expect((await train(name, { params: { ahead: 10 } })).artefact.label.horizon).toBe(10);
});

test('a model over all symbols learns classes, each symbol by its own', async () => {
  const eur = sampleBars('EURUSD', 600);
  const name = strategyOf(
    `{ kind: 'triple_barrier', horizon: 5, upper: 1, lower: 1, window: 20 }`,
    '',
    'all',
  );
  const { report } = await train(name, { bars: [goog, eur] });
  expect(report.symbols.map(({ symbol }) => symbol)).toEqual([goog.symbol, eur.symbol]);
  for (const { metrics } of report.symbols) expect(metrics['log_loss']).toBeLessThan(2);
});

describe('what is wrong with a label is said', () => {
  const own = (of: string, kind = 'regression'): string => `{ kind: '${kind}', horizon: 3, of: ${of} }`;
  const classes = (of: string): string =>
    `{ kind: 'classes', horizon: 3, classes: { down: -1, up: 1 }, of: ${of} }`;
  test.each([
    [
      'a label that looks further ahead than its horizon',
      own('({ bars: { close } }) => close.map((c, t) => (close[t + 4] ?? 0) / c)'),
      /the label at 2\S+Z of GOOG \(row \d+\) becomes another when the bars after the 3 of its horizon are left out/,
    ],
    [
      'a label that knows the end of the bars',
      own('({ bars: { close } }) => close.map((c) => close.at(-1) / c)'),
      'looks further ahead',
    ],
    [
      'a label that is missing within the bars',
      own('({ bars: { close } }) => close.map((c, t) => (t === 70 ? NaN : (close[t + 3] ?? 0) / c))'),
      'the label is NaN at ' + new Date(goog.time[70]!).toISOString() + ' of GOOG (row 70)',
    ],
    [
      'a class that is missing',
      classes("({ bars: { close } }) => Array.from(close, (c, t) => (t === 71 ? null : 'up'))"),
      'the label is missing at',
    ],
    [
      'another number of values',
      own('() => [1, 2]'),
      'label.of returned 2 values for 600 bars: give one a bar',
    ],
    ['no list', own('() => 5'), 'what label.of returned is 5: give a list, one value a bar'],
    [
      'a value that is none',
      own("({ bars }) => Array(bars.close.length).fill('x')"),
      'label.of is "x" at bar 0',
    ],
    [
      'an unknown class',
      classes("({ bars }) => Array(bars.close.length).fill('flat')"),
      'label.of is "flat" at bar 0 of 600: give one of down, up, or its number from 0 to 1',
    ],
    [
      'the number of a class that is not there',
      classes('({ bars }) => Array(bars.close.length).fill(2)'),
      'label.of is 2 at bar 0 of 600: give one of down, up, or its number from 0 to 1',
    ],
    [
      'a throw',
      own('() => { throw new RangeError("no label") }'),
      /strategy\.ts:\d+:\d+: RangeError: no label/,
    ],
    ['an unknown kind', `{ kind: 'level' }`, 'label.kind is "level": take one of direction, triple_barrier,'],
    [
      'a part of another kind',
      `{ kind: 'regression', upper: 2 }`,
      "label has upper, which a label of kind regression doesn't have; it may have kind, horizon, of",
    ],
    [
      'classes without positions',
      `{ kind: 'classes', classes: { a: 2, b: 0 }, of: () => [] }`,
      'label.classes.a is 2',
    ],
    [
      'one class',
      `{ kind: 'classes', classes: { a: 1 }, of: () => [] }`,
      'label.classes has 1: give 2 to 20',
    ],
    ['classes without their function', `{ kind: 'classes', classes: { a: 1, b: 0 } }`, 'label.of is missing'],
    [
      'a band of two kinds',
      `{ kind: 'direction', neutral: { costs: 1, window: 5 } }`,
      'label.neutral has costs, window',
    ],
    [
      'a band of nothing',
      `{ kind: 'direction', neutral: { costs: 0 } }`,
      'label.neutral.costs is 0: give a number above 0',
    ],
    [
      'a barrier that is no number',
      `{ kind: 'triple_barrier', upper: 1, lower: () => 'near', window: 20 }`,
      'label.lower is "near": give a number above 0',
    ],
    [
      'a barrier that is missing',
      `{ kind: 'triple_barrier', upper: 1, window: 20 }`,
      'label.lower is missing',
    ],
    [
      'volatility of one bar',
      `{ kind: 'triple_barrier', upper: 1, lower: 1, window: 1 }`,
      'label.window is 1: give a whole number from 2 to 10000 bars that volatility is of',
    ],
  ])('%s', async (_, label, message) => {
    await expect(train(strategyOf(label))).rejects.toMatchObject({
      code: 'INVALID_STRATEGY',
      message:
        typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
    });
  });

  test('a model that says another number of probabilities, or some that are not 1 together', async () => {
    const says = (what: string): string =>
      add(`export default { window: 2, label: { kind: 'triple_barrier', horizon: 2, upper: 1, lower: 1, window: 20 },
        learner: { fit: () => ({}), load: () => ({ predict: ({ rows }) => ${what} }) },
        features: ({ bars, ta }) => ({ change: ta.change(bars.close) }) };`);
    const failing = (what: string, message: string) =>
      expect(train(says(what))).rejects.toMatchObject({ message: expect.stringContaining(message) });
    await failing('Array(rows).fill(0.5)', 'of 3 classes (lower, timeout, upper): give');
    await failing(
      'Array(rows).fill([0.5, 0.5])',
      'for row 0 of 300: give 3 probabilities, of lower, timeout, upper',
    );
    await failing('Array(rows).fill([0.5, 0.2, 0.2])', 'for row 0 of 300 are 0.9');
    await failing('Array(3 * rows).fill(2)', 'give a probability from 0 to 1');
  });

  test('a label for an agent, which learns from none', async () => {
    const name = add(`export default { learner: 'rl', window: 2, label: { kind: 'regression' },
      features: ({ bars, ta }) => ({ change: ta.change(bars.close) }) };`);
    await expect(load(name)).rejects.toThrow("the learner rl can't learn the label regression");
  });
});
