import { describe, expect, test } from '@jest/globals';
import { laggedBars } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { StrategyError } from '../errors.ts';
import { accuracies, logLoss } from '../evaluation/metrics.ts';
import { createRandom } from '../random.ts';
import type { NdArray, Plain } from '../strategy.ts';
import { initialWeights, weightArrays } from './architecture.ts';
import { lstm } from './index.ts';
import { modelFromPlain, modelToPlain, roundToHalf, scoreChanges } from './state.ts';

const architecture = { inputs: 3, window: 5, units: [4, 2] };
const weights = initialWeights(architecture, createRandom(1), 0.5);
const plain = modelToPlain(architecture, weights) as {
  architecture: Record<string, Plain>;
  weights: Plain[];
};

test('a model comes back from its stored form to the last bit', () => {
  const back = modelFromPlain(plain, 3);
  expect(back.architecture).toEqual(architecture);
  expect(back.weights).toEqual(weights);
});

test("the stored arrays are float32 with Keras's names and shapes", () => {
  const [kernel, recurrent, bias] = plain.weights;
  expect(kernel).toMatchObject({ name: 'lstm_1/kernel', dtype: 'float32', shape: [3, 16] });
  expect(recurrent).toMatchObject({ name: 'lstm_1/recurrent_kernel', dtype: 'float32', shape: [4, 16] });
  expect(bias).toMatchObject({ name: 'lstm_1/bias', dtype: 'float32', shape: [16] });
});

describe('a stored model is refused', () => {
  const wild = weights.slice();
  weightArrays(architecture, wild)[2]!.fill(Number.NaN);
  const changed = (name: string, value: Plain) => ({
    ...plain,
    architecture: { ...plain.architecture, [name]: value },
  });
  test.each<[string, Plain | undefined, string]>([
    ['when it is missing', undefined, 'model_state.lstm is missing'],
    ['when it is a list', [], 'model_state.lstm is missing or no dictionary'],
    ['without an architecture', { weights: plain.weights }, 'model_state.lstm.architecture is missing'],
    ['with other inputs', changed('inputs', 4), 'architecture.inputs is 4, expected 3'],
    ['with an endless window', changed('window', 1e9), 'architecture.window is 1000000000'],
    ['with no layers', changed('units', []), 'architecture.units'],
    ['with a huge layer', changed('units', [1e6]), 'architecture.units[0] is 1000000'],
    ['with layers of another size', changed('units', [4, 3]), 'weights[3]'],
    ['with an array too few', { ...plain, weights: plain.weights.slice(1) }, 'no list of 8 arrays'],
    ['with arrays swapped', { ...plain, weights: plain.weights.toReversed() }, 'is not named lstm_1/kernel'],
    ['with a value that is no number', modelToPlain(architecture, wild), 'lstm_1/bias'],
  ])('%s', (_, stored, message) => {
    const refused = expect(() => modelFromPlain(stored, 3));
    refused.toThrow(StrategyError);
    refused.toThrow(message);
  });
});

test('weights stored as float16 take half the bytes, and are judged as they are stored', async () => {
  const bars = laggedBars(300);
  const params = { window: 6, units: 8, learning_rate: 0.01, epochs: 6 };
  const train = (given: Record<string, Plain>) =>
    lstm.train({ bars: [bars], params: { ...params, ...given }, seed: 3, threads: 1 }, recorder().context);
  const single = await train({});
  const half = await train({ weights: 'float16' });
  const arrays = ({ artefact }: typeof half) =>
    (artefact.model_state.lstm as unknown as { weights: NdArray[] }).weights;
  const bytes = (of: typeof half) => arrays(of).reduce((sum, { data }) => sum + data.length, 0);
  expect(new Set(arrays(half).map(({ dtype }) => dtype))).toEqual(new Set(['float16']));
  expect(bytes(half) / bytes(single)).toBeLessThan(0.55);

  const [symbol] = half.report.symbols;
  const { holdout, validation, metrics } = symbol!;
  const predict = async ({ artefact }: typeof half, range: typeof holdout) => {
    const predictor = await lstm.load(structuredClone(artefact));
    const { score: probability } = await predictor.predict(bars, range);
    predictor.dispose();
    return probability;
  };
  const labels = ({ from, to }: typeof holdout) =>
    Uint8Array.from({ length: to - from }, (_, i) =>
      bars.close[from + i + 1]! > bars.close[from + i]! ? 1 : 0,
    );
  expect(logLoss(await predict(half, holdout), labels(holdout))).toBe(metrics.log_loss);
  expect(metrics.log_loss).not.toBe(single.report.symbols[0]!.metrics.log_loss);

  // What the rounding cost is measured where choices are made, not on the holdout.
  const [before, after] = [await predict(single, validation), await predict(half, validation)];
  const own = labels(validation);
  const { float16 } = half.report.details;
  expect(float16).toEqual(scoreChanges(before, after, own));
  expect(float16).toMatchObject({
    log_loss_change: logLoss(after, own) - logLoss(before, own),
    accuracy_change: accuracies(after, own).accuracy - accuracies(before, own).accuracy,
  });
  const { log_loss_change: change } = float16 as { log_loss_change: number };
  expect(change).not.toBe(0);
  expect(Math.abs(change)).toBeLessThan(1e-3);
  expect(single.report.details).not.toHaveProperty('float16');
});

test('rounds to the nearest number of half precision', () => {
  // 11 significant bits: 2049 lies between 2048 and 2050, and goes to the even one.
  expect([...roundToHalf(Float32Array.of(0.5, 2049, -2051, 1e-9, 65_504))]).toEqual([
    0.5, 2048, -2052, 0, 65_504,
  ]);
});

test('refuses weights beyond half precision', () => {
  expect(() => roundToHalf(Float32Array.of(1, -65_520))).toThrow(
    'a trained weight is -65520, but float16 ends at 65504',
  );
});

test('changes are after less before; none of the AUC where all went one way', () => {
  const [before, after] = [Float64Array.of(0.6, 0.4), Float64Array.of(0.4, 0.6)];
  const labels = Uint8Array.of(1, 0);
  expect(scoreChanges(before, after, labels)).toEqual({
    log_loss_change: -Math.log(0.4) + Math.log(0.6),
    accuracy_change: -1,
    auc_change: -1,
  });
  expect(scoreChanges(before, after, Uint8Array.of(1, 1)).auc_change).toBeNull();
});
