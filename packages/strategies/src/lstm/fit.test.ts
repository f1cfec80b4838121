import { describe, expect, test } from '@jest/globals';
import { recorder } from '../../test/context.ts';
import { createRandom } from '../random.ts';
import { logLoss } from '../evaluation/metrics.ts';
import type { TrainContext } from '../strategy.ts';
import { rowsOf, scaledFeatures } from './dataset.ts';
import { type FitOptions, fitModel, type TrainingData } from './fit.ts';
import { predictRows } from './scorer.ts';

const architecture = { inputs: 2, window: 4, units: [6] };
const options: FitOptions = {
  epochs: 40,
  batchSize: 16,
  learningRate: 0.02,
  dropout: 0.1,
  patience: 40,
  clipNorm: 1,
};

/** A row rises when its first feature was positive two rows before; or, shuffled, for no reason. */
function example(shuffled = false): TrainingData & { readonly labels: Uint8Array } {
  const random = createRandom(9);
  const rows = 260;
  const data = Float64Array.from({ length: rows * 2 }, () => random.normal());
  const labels = Uint8Array.from({ length: rows }, (_, t) => (t >= 2 && data[(t - 2) * 2]! > 0 ? 1 : 0));
  if (shuffled) random.shuffle(labels);
  const table = scaledFeatures(data, 2, 0);
  return { table, labels, train: { from: 3, to: 180 }, validation: { from: 180, to: 260 } };
}

const fit = (data: TrainingData, changes: Partial<FitOptions> = {}, seed = 1, context = recorder().context) =>
  fitModel(architecture, data, { ...options, ...changes }, createRandom(seed), context);

test('learns what happened two rows before', async () => {
  const { context, epochs } = recorder();
  const fitted = await fit(example(), {}, 1, context);
  expect(fitted.validationLoss).toBeLessThan(0.35);
  const [first, last] = [epochs[0]!.values, epochs.at(-1)!.values];
  expect(last.validation_accuracy).toBeGreaterThan(0.85);
  expect(last.loss).toBeLessThan(first.loss! / 2);
});

test('shuffled labels stop it early, near the loss of a coin', async () => {
  const fitted = await fit(example(true), { epochs: 40, patience: 3 });
  expect(fitted.epochs).toBe(fitted.bestEpoch + 3);
  expect(fitted.epochs).toBeLessThan(40);
  expect(Math.abs(fitted.validationLoss - Math.LN2)).toBeLessThan(0.05);
});

test('gives back the weights of the best epoch, not of the last', async () => {
  const { context, epochs } = recorder();
  const fitted = await fit(example(true), { epochs: 40, patience: 5 }, 1, context);
  const losses = epochs.map(({ values }) => values.validation_loss!);
  expect(fitted.validationLoss).toBe(Math.min(...losses));
  expect(losses.indexOf(fitted.validationLoss) + 1).toBe(fitted.bestEpoch);
  const data = example(true);
  const validation = data.validation!;
  const rows = rowsOf(validation);
  const probability = predictRows(architecture, fitted.weights, data.table, rows);
  // In batches of another size, whose last bits are others.
  expect(logLoss(probability, data.labels.subarray(validation.from))).toBeCloseTo(fitted.validationLoss, 6);
  // Fitted for just as long, the last epoch is the best one.
  const again = await fit(example(true), { epochs: fitted.bestEpoch });
  expect(again.weights).toEqual(fitted.weights);
});

test('dropout has its part in training', async () => {
  const without = await fit(example(), { epochs: 1, dropout: 0 });
  const { weights } = await fit(example(), { epochs: 1, dropout: 0.5 });
  expect(weights).not.toEqual(without.weights);
});

test('equal seeds give equal bits, other seeds others', async () => {
  const first = await fit(example(), { epochs: 2 });
  expect((await fit(example(), { epochs: 2 })).weights).toEqual(first.weights);
  expect((await fit(example(), { epochs: 2 }, 2)).weights).not.toEqual(first.weights);
});

test('reports progress up to the last epoch', async () => {
  const { context, progress } = recorder();
  await fit(example(), { epochs: 3 }, 1, context);
  expect(progress).toEqual([1 / 3, 2 / 3, 1].map((fraction) => ({ fraction, stage: 'training' })));
});

describe('stops', () => {
  test('with the reason of the signal, between two batches', async () => {
    const abort = new AbortController();
    const { context, epochs } = recorder(abort.signal);
    const aborting: TrainContext = {
      ...context,
      epoch: (step, values) => {
        context.epoch(step, values);
        setImmediate(() => abort.abort(new Error('enough')));
      },
    };
    const fitting = fit(example(), { epochs: 1_000, patience: 1_000 }, 1, aborting);
    await expect(fitting).rejects.toThrow('enough');
    expect(epochs).toHaveLength(1);
  });

  test.each([
    ['training', 100],
    ['validation', 200],
  ])('when numbers of the %s rows stop being numbers', async (_, row) => {
    const data = example();
    data.table.data.fill(Number.NaN, row * 2, row * 2 + 2);
    await expect(fit(data)).rejects.toMatchObject({ code: 'DIVERGED' });
  });
});
