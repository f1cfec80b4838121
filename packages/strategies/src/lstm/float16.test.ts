import { expect, test } from '@jest/globals';
import { accuracies, logLoss } from '../evaluation/classification.ts';
import type { NdArray, Plain } from '../strategy.ts';
import { roundToHalf, scoreChanges } from './float16.ts';
import { lstm } from './index.ts';
import { laggedBars, recordingContext } from './testing.ts';

const bars = laggedBars(300);
const params = { window: 6, units: 8, learning_rate: 0.01, epochs: 6 };
const train = (given: Record<string, Plain>) =>
  lstm.train(
    { bars: [bars], params: { ...params, ...given }, seed: 3, threads: 1 },
    recordingContext().context,
  );

test('weights stored as float16 take half the bytes, and are judged as they are stored', async () => {
  const single = await train({});
  const half = await train({ weights: 'float16' });
  const arrays = ({ artefact }: typeof half) =>
    (artefact.modelState.lstm as unknown as { weights: NdArray[] }).weights;
  const bytes = (of: typeof half) => arrays(of).reduce((sum, { data }) => sum + data.length, 0);
  expect(new Set(arrays(half).map(({ dtype }) => dtype))).toEqual(new Set(['float16']));
  expect(bytes(half) / bytes(single)).toBeLessThan(0.55);

  const [symbol] = half.report.symbols;
  const { holdout, validation, metrics } = symbol!;
  const predict = async ({ artefact }: typeof half, range: typeof holdout) => {
    const predictor = await lstm.load(structuredClone(artefact));
    const { probability } = await predictor.predict(bars, range);
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
