// A strategy of the user's own with each learner: trained, resumed, warm-started, loaded, and predicting
// what was judged.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { sampleBars } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { digest } from '../../test/digest.ts';
import { strategiesFolder } from '../../test/user-strategy.ts';
import { checkForLeaks, describeStrategy, loadStored, loadStrategy } from '../index.ts';
import { sliceBars } from '../features/index.ts';
import type { Plain, TrainRequest } from '../strategy.ts';

const { dir, add, write } = strategiesFolder();
const goog = sampleBars('GOOG', 500);
const eur = sampleBars('EURUSD', 500);
const before = (bars: typeof goog) => sliceBars(bars, { from: 0, to: 330 });
const load = (name: string) => loadStrategy(name, { strategiesDir: dir });

const features = `
  window: 40,
  params: { lookahead: { default: 12, min: 1, max: 30 } },
  features: ({ bars, ta, params }) => ({
    rsi: ta.rsi(bars.close, 14),
    momentum: ta.zscore(ta.logReturn(bars.close, params.lookahead), 20),
    volatility: ta.volatility(bars.close, 20),
    range: ta.atr(bars, 14).map((range, t) => range / bars.close[t]!),
  }),
} satisfies UserStrategy;
`;
const ofLearner = (learner: string, rest: string): string =>
  `import type { UserStrategy } from '@ml-training/sdk';\nexport default { learner: ${learner}, ${rest} ` +
  features;

/** Logistic regression by gradient descent, with some noise in its beginning. */
const ridge = `{
    warmStart: true,
    async fit({ train }, context) {
      const kept = (context.resume ?? context.champion) as { weights: number[]; steps: number } | null;
      let weights = kept?.weights ?? Array.from({ length: train.cols }, () => 0.01 * context.random());
      for (let step = context.resume === null ? 0 : kept!.steps; step < 8; step++) {
        const next = weights.map((w) => 0.99 * w + 1e-3 * context.random());
        for (let r = 0; r < train.rows; r++) {
          const error = train.labels[r]! - probability(weights, train.data, r * train.cols);
          for (let c = 0; c < train.cols; c++)
            next[c]! += (0.5 / train.rows) * error * train.data[r * train.cols + c]!;
        }
        weights = next;
        context.epoch(step + 1, { size: Math.hypot(...weights) });
        context.progress((step + 1) / 8);
        await context.checkpoint(() => ({ weights, steps: step + 1 }));
      }
      return { weights, steps: 8 };
    },
    load: (state) => ({
      predict: ({ rows, cols, data }) =>
        Array.from({ length: rows }, (_, r) => probability(state.weights as number[], data, r * cols)),
    }),
  }`;
const probability = `
function probability(weights: readonly number[], data: Float64Array, at: number): number {
  return 1 / (1 + Math.exp(-weights.reduce((sum, w, c) => sum + w * data[at + c]!, 0)));
}
`;

const cases = [
  [
    'ensemble',
    [goog, eur],
    ofLearner("'ensemble'", 'settings: { num_boost_round: 20, forest_trees: 4 },'),
    1,
  ],
  [
    'an ensemble a symbol',
    [goog],
    ofLearner("'ensemble'", "scope: 'symbol', settings: { num_boost_round: 20, forest_trees: 4 },"),
    1,
  ],
  ['lightgbm', [goog], ofLearner("'lightgbm'", 'settings: { num_boost_round: 40, num_leaves: 4 },'), 2],
  ['logistic', [goog], ofLearner("'logistic'", 'settings: { logistic_penalties: 4 },'), 1],
  ['lstm', [goog], ofLearner("'lstm'", 'settings: { epochs: 3, units: 6, window: 8 },'), 2],
  [
    'rl',
    [goog],
    ofLearner(
      "'rl'",
      'settings: { total_timesteps: 2000, n_envs: 4, n_steps: 32, seeds: 1, hidden_units: 8, window: 2 },',
    ),
    2,
  ],
  ['a learner of its own', [goog], ofLearner(ridge, '') + probability, 3],
  ['a learner of its own over all symbols', [goog, eur], ofLearner(ridge, "scope: 'all',") + probability, 3],
] as const;
/** The others differ in nothing but the rows that are learnt from. */
const wholly = ['ensemble', 'lstm', 'rl', 'a learner of its own'];

describe.each(cases)('%s', (title, bars, source, stopAt) => {
  const whole = wholly.includes(title);
  const name = add(source);
  const train = async (request: Partial<TrainRequest> = {}, context = recorder().context) =>
    (await load(name)).train({ bars, seed: 1, threads: 1, ...request }, context);

  test('is trained to the same model each time, and predicts from its file what was judged', async () => {
    const run = recorder();
    const trained = await train({}, run.context);
    const { artefact, report, predictions } = trained;
    const facts = await describeStrategy(dir, name);
    expect(artefact.feature_names).toEqual(['rsi', 'momentum', 'volatility', 'range']);
    expect(facts).toMatchObject({ type: name, window: 40, features: artefact.feature_names });
    expect(artefact.window).toBeGreaterThanOrEqual(40);
    expect(Object.keys(artefact.model_state)).toEqual([name, 'scaler']);
    expect(artefact.strategy_sum).toBe(facts.sum);
    expect(artefact.params).toMatchObject({ lookahead: 12, horizon: 1 });
    expect(report.symbols.map(({ symbol }) => symbol)).toEqual(bars.map(({ symbol }) => symbol));
    expect(run.progress.length).toBeGreaterThan(1);
    const again = await train();
    expect(digest(again.artefact.model_state)).toBe(digest(artefact.model_state));
    expect(again).toEqual(trained);

    const predictor = await (await load(name)).load(structuredClone(artefact));
    for (const [s, { holdout }] of report.symbols.entries()) {
      expect(await predictor.predict(bars[s]!, holdout)).toEqual(predictions[s]);
      const { from } = holdout;
      const alone = await predictor.predict(bars[s]!, { from, to: from + 1 });
      expect(alone.score[0]).toBe(predictions[s]!.score[0]);
    }
    predictor.dispose();
    await expect(predictor.predict(bars[0], report.symbols[0]!.holdout)).rejects.toThrow('was disposed of');
  });
  if (!whole) return;

  test('is resumed from its checkpoint to the very same model', async () => {
    const uninterrupted = await train();
    let kept: Plain = null;
    let count = 0;
    const { context } = recorder();
    const stopped = new Error('stop');
    const stopping = {
      ...context,
      checkpoint: (state: () => Plain) => {
        kept = structuredClone(state());
        return ++count === stopAt ? Promise.reject(stopped) : Promise.resolve();
      },
    };
    await expect(train({}, stopping)).rejects.toBe(stopped);
    const rest = recorder();
    const resumed = await train({}, { ...rest.context, resume: kept });
    expect(digest(resumed.artefact.model_state)).toBe(digest(uninterrupted.artefact.model_state));
    expect(resumed.predictions).toEqual(uninterrupted.predictions);
  });

  test('is warm-started from its own model, not from one of other params or other code', async () => {
    const champion = (await train({ bars: bars.map(before) })).artefact;
    const { report, artefact } = await train({ champion });
    expect(report.lineage.continued).toBe(true);
    expect(artefact.model_state['scaler']).toEqual(champion.model_state['scaler']);
    expect(digest(artefact.model_state)).not.toBe(digest((await train()).artefact.model_state));
    const other = await train({ champion, params: { lookahead: 11 } });
    expect(other.report.lineage).toEqual({
      continued: false,
      reason: 'the model in use was trained on features that were computed otherwise',
    });
  });

  test('passes the checks for leaks', async () => {
    const strategy = await load(name);
    const report = checkForLeaks(strategy, bars, {}, 1);
    expect(report.train_rows).toBeGreaterThan(100);
    expect(['rsi', 'momentum', 'volatility', 'range']).toContain(report.strongest_feature!.feature);
  });

  test('stops with the reason it was given', async () => {
    const reason = new Error('enough');
    await expect(train({}, recorder(AbortSignal.abort(reason)).context)).rejects.toBe(reason);
  });
});

test('a fit that never pauses is stopped with the reason it was given', async () => {
  const name = add(
    ofLearner('{ fit(_, { progress }) { progress(0.5, "spinning"); for (;;); }, load: () => null! }', ''),
  );
  const controller = new AbortController();
  const { context } = recorder(controller.signal);
  const reason = new Error('enough');
  const training = (await load(name)).train(
    { bars: [goog], seed: 1, threads: 1 },
    {
      ...context,
      progress: (_, stage) => {
        if (stage === 'spinning') controller.abort(reason);
      },
    },
  );
  await expect(training).rejects.toBe(reason);
});

test('the horizon may follow from params, and is then judged by everywhere', async () => {
  const source = ofLearner(
    "'lstm'",
    "settings: { epochs: 1, units: 2, window: 2 }, label: { kind: 'direction', horizon: ({ lookahead }) " +
      '=> lookahead / 4 },',
  );
  const strategy = await load(add(source));
  const train = (params: TrainRequest['params']) =>
    strategy.train(
      { bars: [goog], seed: 1, threads: 1, ...(params === undefined ? {} : { params }) },
      recorder().context,
    );
  expect((await describeStrategy(dir, strategy.type)).settings).toMatchObject({ horizon: { default: 3 } });
  const { artefact } = await train(undefined);
  expect(artefact).toMatchObject({ label: { kind: 'direction', horizon: 3 }, params: { horizon: 3 } });
  expect((await train({ lookahead: 20 })).artefact.label.horizon).toBe(5);
  expect(strategy.prepare([goog], { lookahead: 20 }).horizon).toBe(5);
  checkForLeaks(strategy, [goog], { lookahead: 20 }, 1);
  (await strategy.load(artefact)).dispose();
  await expect(train({ horizon: 4 })).rejects.toThrow(
    'has its horizon of its params, 3 bars: set those, and not horizon (4)',
  );
  await expect(train({ lookahead: 10 })).rejects.toThrow('label.horizon is 2.5: give a whole number');
  await expect(train({ lookahead: 31 })).rejects.toMatchObject({
    code: 'INVALID_PARAMS',
    message: expect.stringContaining('lookahead is 31; allowed is a whole number from 1 to 30'),
  });
});

describe('a changed folder', () => {
  test('is a changed strategy at the next load, and what was loaded stays what it was', async () => {
    const source = ofLearner("'lstm'", 'settings: { epochs: 1, units: 2, window: 2 },');
    const name = add({ 'strategy.ts': source, 'notes.md': 'one', '.editor': 'a' });
    const request = { bars: [goog], seed: 1, threads: 1 };
    const [first, facts] = [await load(name), await describeStrategy(dir, name)];
    const { artefact } = await first.train(request, recorder().context);

    write(name, { '.editor': 'b', 'node_modules/x/index.js': 'x' });
    expect((await describeStrategy(dir, name)).sum).toBe(facts.sum);
    (await (await load(name)).load(artefact)).dispose();

    write(name, { 'notes.md': 'two' });
    expect((await describeStrategy(dir, name)).sum).not.toBe(facts.sum);
    const { strategy_code: kept, ...withoutCode } = artefact;
    expect(kept?.map(({ path }) => path)).toEqual(['notes.md', 'strategy.ts']);
    await expect((await load(name)).load(withoutCode)).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      message: expect.stringContaining(`strategies/${name}/ has changed since the model was trained`),
    });

    write(name, { 'strategy.ts': source.replace('rsi:', 'strength:') });
    const second = await load(name);
    const later = await second.train({ ...request, champion: artefact }, recorder().context);
    expect(later.artefact.feature_names[0]).toBe('strength');
    expect(later.report.lineage.reason).toBe('the model in use was trained on other features');
    // Also in a thread that was opened after the change.
    expect((await first.train(request, recorder().context)).artefact).toEqual(artefact);
  });
});

describe('a model answers by the code that it was trained by', () => {
  const source = ofLearner("'lstm'", 'settings: { epochs: 1, units: 2, window: 2 },');
  const range = { from: 490, to: 500 };
  const trained = async () => {
    const name = add({ 'strategy.ts': source, 'own/1': 'a name that looks like a number' });
    const { artefact } = await (
      await load(name)
    ).train({ bars: [goog], seed: 1, threads: 1 }, recorder().context);
    const answer = async (of = artefact, strategiesDir: string | undefined = dir) => {
      const predictor = await loadStored(name, of, { strategiesDir });
      try {
        return await predictor.predict(goog, range);
      } finally {
        predictor.dispose();
      }
    };
    return { name, artefact, answer, before: await answer() };
  };

  test.each<[string, (name: string) => void]>([
    ['is changed', (name) => void write(name, source.replace('rsi:', 'strength:'))],
    ['is broken', (name) => void write(name, 'export default {')],
    ['is gone', (name) => rmSync(path.join(dir, name), { recursive: true })],
  ])('also when the folder %s', async (_, change) => {
    const { name, answer, before } = await trained();
    change(name);
    expect(await answer()).toEqual(before);
  });

  test('also where there is no folder at all, and as the champion that a changed strategy is compared to', async () => {
    const { name, artefact, answer, before } = await trained();
    expect(await answer(artefact, undefined)).toEqual(before);
    write(name, source.replace('rsi:', 'strength:'));
    const champion = await (await load(name)).load(artefact);
    expect(await champion.predict(goog, range)).toEqual(before);
    champion.dispose();
  });

  test('unless it keeps none, or another than its sum says', async () => {
    const { name, artefact, answer } = await trained();
    rmSync(path.join(dir, name), { recursive: true });
    const { strategy_code: code, ...withoutCode } = artefact;
    await expect(answer(withoutCode)).rejects.toMatchObject({
      code: 'INVALID_STRATEGY',
      message: expect.stringContaining(`there is no strategy ${name}: ${dir} has `),
    });
    const [first, ...others] = code!;
    const changed = { ...first!, content: Buffer.from('process.exit()') };
    await expect(answer({ ...artefact, strategy_code: [changed, ...others] })).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      message: expect.stringMatching(/the code of .* that the model keeps is not that of its sum/),
    });
  });
});

test('the thread ends with the last predictor that was loaded, and with a training', async () => {
  const name = add(ofLearner("'lstm'", 'settings: { epochs: 1, units: 2, window: 2 },'));
  const threads = (): number => (process.report.getReport() as { workers: unknown[] }).workers.length;
  // Tests before this one may have left theirs, and some may be about to end.
  const before = threads();
  const ended = async (): Promise<void> => {
    while (threads() > before) await setTimeout(10);
  };
  const strategy = await load(name);
  const { artefact } = await strategy.train({ bars: [goog], seed: 1, threads: 1 }, recorder().context);
  await ended();
  const predictors = [await strategy.load(artefact), await strategy.load(artefact)] as const;
  predictors[0].dispose();
  predictors[0].dispose();
  const range = { from: 499, to: 500 };
  expect((await predictors[1].predict(goog, range)).score).toHaveLength(1);
  predictors[1].dispose();
  await ended();
});
