import { describe, expect, test } from '@jest/globals';
import { loadTensorFlow, type tf as TF } from '@ml-training/native';
import { createRandom } from '../random.ts';
import { outputsOf } from '../target.ts';
import type { Target } from '../target.ts';
import { type Architecture, headOf, initialWeights, weightArrays, weightSpecs } from './architecture.ts';
import { rowsOf, scaledFeatures, stepsOf, type Windows } from './dataset.ts';
import { type Batch, createNetwork, dropoutMasks } from './network.ts';
import { predictRows } from './scorer.ts';

const tf = await loadTensorFlow({ threads: 1 });

/** Weights that are no more zero anywhere, and a batch of windows that end at `rows` of a table of noise. */
function example(architecture: Architecture, rows: readonly number[]) {
  const { inputs } = architecture;
  const random = createRandom(7);
  const weights = initialWeights(architecture, random, 0.4);
  weights.forEach((w, k) => (weights[k] = w + 0.2 * random.normal()));
  const table = scaledFeatures(
    Float64Array.from({ length: 100 * inputs }, () => random.normal()),
    inputs,
    0,
  );
  const windows = { table, rows: Int32Array.from(rows) };
  const labels = Uint8Array.from(rows, (row) => (row % 3 === 0 ? 1 : 0));
  return { table, weights, batch: { windows, labels, masks: undefined } };
}

/** Whole sequences as Keras takes them, [slots, window, inputs]. */
const sequences = ({ table: { data, cols }, rows }: Windows, window: number): TF.Tensor3D =>
  tf.tensor3d(
    Float32Array.from(
      [...rows].flatMap((row) => [...data.slice((row - window + 1) * cols, (row + 1) * cols)]),
    ),
    [rows.length, window, cols],
  );

function lossOf(architecture: Architecture, weights: Float32Array, batch: Batch) {
  const network = createNetwork(architecture, batch.labels.length);
  const gradient = new Float32Array(weights.length).fill(99);
  const loss = network.loss(weights, batch, gradient);
  const again = new Float32Array(weights.length);
  expect(network.loss(weights, batch, again)).toBe(loss);
  expect(again).toEqual(gradient);
  const logits = network.logits(weights, batch.windows);
  return { loss, gradient, logits };
}

/** The Keras model with the same layers and weights. */
function layersModel(architecture: Architecture, weights: Float32Array): TF.Sequential {
  const { inputs, window, units } = architecture;
  const model = tf.sequential();
  units.forEach((size, i) =>
    model.add(
      tf.layers.lstm({
        units: size,
        recurrentActivation: 'sigmoid',
        recurrentInitializer: 'zeros',
        returnSequences: i < units.length - 1,
        ...(i === 0 ? { inputShape: [window, inputs] } : {}),
      }),
    ),
  );
  model.add(tf.layers.dense({ units: outputsOf(headOf(architecture)) }));
  const arrays = weightArrays(architecture, weights);
  // Keras's own order of arrays and shapes, layer after layer.
  model.setWeights(weightSpecs(architecture).map(({ shape }, i) => tf.tensor(arrays[i]!, [...shape])));
  return model;
}

const largest = (values: Float32Array): number => values.reduce((max, v) => Math.max(max, Math.abs(v)), 0);

describe.each([
  [[8], 6],
  [[8, 4], 6],
  [[12, 12, 5], 1],
  [[50, 50], 32],
])('with layers of %j and a batch of %i', (units, size) => {
  test('logits, loss and gradients are those of the Keras model with the same layers and weights', () => {
    const architecture = { inputs: 5, window: 7, units };
    const { weights, batch } = example(
      architecture,
      Array.from({ length: size }, (_, i) => 10 + 2 * i),
    );
    const ours = lossOf(architecture, weights, batch);
    tf.tidy(() => {
      const model = layersModel(architecture, weights);
      const x = sequences(batch.windows, 7);
      const y = tf.tensor1d(Float32Array.from(batch.labels));
      const logits = () => tf.reshape(model.apply(x, { training: true }) as TF.Tensor, [size]);
      const { value, grads } = tf.variableGrads(() => tf.losses.sigmoidCrossEntropy(y, logits()));
      const theirs = logits().dataSync();
      ours.logits.forEach((z, i) => expect(z).toBeCloseTo(theirs[i]!, 5));
      expect(ours.loss).toBeCloseTo(value.dataSync()[0]!, 5);
      const parts = weightArrays(architecture, ours.gradient);
      model.trainableWeights.forEach(({ name }, i) => {
        const wanted = grads[name]!.dataSync<'float32'>();
        expect(parts[i]).toHaveLength(wanted.length);
        const difference = largest(wanted.map((g, k) => g - parts[i]![k]!));
        expect(largest(wanted)).toBeGreaterThan(0);
        expect(difference / largest(wanted)).toBeLessThan(1e-4);
      });
    });
  });
});

const heads: readonly [Target, readonly number[] | number, (row: number) => number][] = [
  [{ task: 'multiclass', classes: 3 }, [0.2, 0.5, 0.3], (row) => row % 3],
  [{ task: 'regression' }, 0, (row) => Math.sin(row)],
];

describe.each(heads)('with a head for %j', (target, answer, labelOf) => {
  const architecture = { inputs: 5, window: 7, units: [8, 4], target };
  const rows = [3, 10, 20, 31, 42, 50];
  const { weights, table, batch: given } = example({ ...architecture, target: { task: 'binary' } }, rows);
  const own = initialWeights(architecture, createRandom(7), answer);
  const random = createRandom(8);
  own.forEach((w, k) => (own[k] = w + 0.2 * random.normal()));
  const batch = { ...given, labels: Float64Array.from(rows, labelOf) };

  test('starts out saying the same of every row', () => {
    const fresh = initialWeights(architecture, createRandom(7), answer);
    const said = predictRows(architecture, fresh, table, Int32Array.from(rows));
    const each = [answer].flat();
    said.forEach((value, i) => expect(value).toBeCloseTo(each[i % each.length]!, 6));
    expect(said).toHaveLength(rows.length * each.length);
    expect(own.length - weights.length).toBe((each.length - 1) * 5);
  });

  test('logits, loss and gradients are those of the Keras model with the same layers and weights', () => {
    const ours = lossOf(architecture, own, batch);
    tf.tidy(() => {
      const model = layersModel(architecture, own);
      // Row 3 has but 4 steps; Keras is given whole windows alone.
      const whole = rows.slice(1);
      const windows = { table, rows: Int32Array.from(whole) };
      const x = sequences(windows, 7);
      const logits = () => model.apply(x, { training: true }) as TF.Tensor2D;
      const theirs = logits().dataSync();
      const outputs = theirs.length / whole.length;
      theirs.forEach((z, i) => expect(ours.logits[outputs + i]).toBeCloseTo(z, 5));
      const labels = whole.map(labelOf);
      const { value, grads } = tf.variableGrads(() =>
        target.task === 'multiclass'
          ? tf.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d(labels, 'int32'), 3), logits())
          : tf.losses.meanSquaredError(tf.tensor1d(labels), tf.reshape(logits(), [whole.length])),
      );
      const again = lossOf(architecture, own, {
        windows,
        labels: Float64Array.from(labels),
        masks: undefined,
      });
      expect(again.loss).toBeCloseTo(value.dataSync()[0]!, 5);
      const parts = weightArrays(architecture, again.gradient);
      model.trainableWeights.forEach(({ name }, i) => {
        const wanted = grads[name]!.dataSync<'float32'>();
        expect(parts[i]).toHaveLength(wanted.length);
        const difference = largest(wanted.map((g, k) => g - parts[i]![k]!));
        expect(difference / largest(wanted)).toBeLessThan(1e-4);
      });
    });
  });

  test('gradients are what the loss changes by, short sequences and dropped outputs included', () => {
    const masks = dropoutMasks(createRandom(3), architecture.units, rows.length, 0.3);
    const { gradient } = lossOf(architecture, own, { ...batch, masks });
    for (const part of weightArrays(architecture, gradient)) {
      const steepest = part.reduce((most, g, k) => (Math.abs(g) > Math.abs(part[most]!) ? k : most), 0);
      const k = (part.byteOffset - gradient.byteOffset) / 4 + steepest;
      const at = (change: number) => {
        const moved = own.slice();
        moved[k]! += change;
        return lossOf(architecture, moved, { ...batch, masks }).loss;
      };
      expect((at(0.01) - at(-0.01)) / 0.02 / gradient[k]!).toBeCloseTo(1, 2);
    }
  });

  test('a row gets the same bits alone and in company', () => {
    const all = predictRows(architecture, own, table, rowsOf({ from: 0, to: 100 }));
    const alone = predictRows(architecture, own, table, Int32Array.of(42));
    expect([...alone]).toEqual([...all.slice(42 * alone.length, 43 * alone.length)]);
  });
});

describe('sequences of different lengths in a batch', () => {
  const architecture = { inputs: 5, window: 7, units: [8, 4] };
  // Rows 0, 2 and 5 have 1, 3 and 6 steps.
  const rows = [0, 20, 2, 5, 50, 6];

  test('get what each gets alone, as a sequence of its own length', () => {
    const { table, weights, batch } = example(architecture, rows);
    const steps = rows.map((row) => stepsOf(table, row, 7));
    expect(steps).toEqual([1, 7, 3, 6, 7, 7]);
    const together = lossOf(architecture, weights, batch);
    const sum = new Float64Array(weights.length);
    let loss = 0;
    rows.forEach((row, slot) => {
      const own = { ...architecture, window: steps[slot]! };
      const windows = { table, rows: Int32Array.of(row) };
      const alone = lossOf(own, weights, { ...batch, windows, labels: batch.labels.slice(slot, slot + 1) });
      expect(together.logits[slot]).toBeCloseTo(alone.logits[0]!, 5);
      loss += alone.loss / rows.length;
      alone.gradient.forEach((g, k) => (sum[k]! += g / rows.length));
    });
    expect(together.loss).toBeCloseTo(loss, 5);
    const size = largest(together.gradient);
    expect(largest(together.gradient.map((g, k) => g - sum[k]!)) / size).toBeLessThan(1e-5);
  });

  test('give the same bits whatever the table has after their ends', () => {
    const short = [0, 2, 5];
    const { table, weights, batch } = example(architecture, short);
    const clean = lossOf(architecture, weights, batch);
    const changed = (row: number): Batch => {
      const data = table.data.slice();
      data.fill(1e3, row * 5, (row + 1) * 5);
      return { ...batch, windows: { table: { ...table, data }, rows: batch.windows.rows } };
    };
    for (const row of [6, 7, 99]) expect(lossOf(architecture, weights, changed(row))).toEqual(clean);
    // What stands before an end matters.
    for (const row of [0, 2, 5])
      expect(lossOf(architecture, weights, changed(row)).loss).not.toBe(clean.loss);
  });
});

test('a dropped output has no part in the loss nor in its gradient, between layers and at the top', () => {
  const architecture = { inputs: 3, window: 4, units: [4, 2] };
  const { weights, batch } = example(architecture, [10, 11]);
  // Unit 1 of the first layer and unit 0 of the second are dropped in both sequences, the others kept.
  const masks = [Float32Array.of(2, 0, 2, 2, 2, 0, 2, 2), Float32Array.of(0, 2, 0, 2)];
  const dropped = lossOf(architecture, weights, { ...batch, masks });
  const [, , , kernel2, , , dense] = weightArrays(architecture, dropped.gradient);
  expect([...kernel2!.slice(8, 16)]).toEqual(new Array(8).fill(0));
  expect(largest(kernel2!.slice(0, 8))).toBeGreaterThan(0);
  expect(dense![0]).toBe(0);
  expect(dense![1]).not.toBe(0);
  // Central differences of the steepest weight of each layer, whose paths all go through the factors of 2.
  const [kernel1, recurrent1] = weightArrays(architecture, dropped.gradient);
  for (const part of [kernel1!, recurrent1!, kernel2!]) {
    const steepest = part.reduce((max, g, k) => (Math.abs(g) > Math.abs(part[max]!) ? k : max), 0);
    const k = (part.byteOffset - dropped.gradient.byteOffset) / 4 + steepest;
    const at = (change: number) => {
      const moved = weights.slice();
      moved[k]! += change;
      return lossOf(architecture, moved, { ...batch, masks }).loss;
    };
    expect((at(0.01) - at(-0.01)) / 0.02 / dropped.gradient[k]!).toBeCloseTo(1, 2);
  }
});

test('a batch of more sequences than go through the layers at once gets what its parts get', () => {
  const architecture = { inputs: 3, window: 4, units: [4, 2] };
  const rows = Array.from({ length: 90 }, (_, i) => i);
  const { table, weights, batch } = example(architecture, rows);
  const masks = dropoutMasks(createRandom(3), architecture.units, rows.length, 0.3)!;
  const whole = lossOf(architecture, weights, { ...batch, masks });
  const sum = new Float64Array(weights.length);
  let loss = 0;
  for (const [from, to] of [
    [0, 40],
    [40, 90],
  ] as const) {
    const windows = { table, rows: Int32Array.from(rows.slice(from, to)) };
    const own = masks.map((mask, i) => {
      const units = architecture.units[i]!;
      return mask.subarray(from * units, to * units);
    });
    const part = lossOf(architecture, weights, {
      windows,
      labels: batch.labels.slice(from, to),
      masks: own,
    });
    loss += (part.loss * (to - from)) / 90;
    part.gradient.forEach((g, k) => (sum[k]! += (g * (to - from)) / 90));
    part.logits.forEach((z, i) => expect(whole.logits[from + i]).toBeCloseTo(z, 6));
  }
  expect(whole.loss).toBeCloseTo(loss, 6);
  const size = largest(whole.gradient);
  expect(largest(whole.gradient.map((g, k) => g - sum[k]!)) / size).toBeLessThan(1e-5);
});

test('a batch leaves nothing behind for the next', () => {
  const architecture = { inputs: 3, window: 4, units: [4, 2] };
  const [first, second] = [example(architecture, [0, 50]), example(architecture, [60, 2])];
  const network = createNetwork(architecture, 2);
  const gradient = new Float32Array(first.weights.length);
  network.loss(first.weights, first.batch, gradient);
  network.loss(second.weights, second.batch, gradient);
  expect(gradient).toEqual(lossOf(architecture, second.weights, second.batch).gradient);
});

test('drops the given share and scales the rest so that the mean stays 1, repeatably', () => {
  const [first, second] = dropoutMasks(createRandom(1), [50, 30], 100, 0.2)!;
  expect(first).toHaveLength(5_000);
  expect(second).toHaveLength(3_000);
  expect(new Set(first)).toEqual(new Set([0, 1.25]));
  expect(first!.reduce((sum, v) => sum + v, 0) / first!.length).toBeCloseTo(1, 1);
  expect(dropoutMasks(createRandom(1), [50, 30], 100, 0.2)![0]).toEqual(first);
  expect(second).not.toEqual(first!.slice(0, 3_000));
});

test('makes no masks when nothing is to be dropped', () => {
  expect(dropoutMasks(createRandom(1), [4], 2, 0)).toBeUndefined();
});

function noiseTable(architecture: Architecture, rows = 150) {
  const random = createRandom(7);
  const { inputs } = architecture;
  const data = Float64Array.from({ length: rows * inputs }, () => random.normal());
  const weights = initialWeights(architecture, random, 0.5);
  // The dense layer starts at zero; a prediction must depend on its weights.
  for (const dense of weightArrays(architecture, weights).slice(-2))
    dense.forEach((_, k) => (dense[k] = random.normal()));
  return { table: scaledFeatures(data, inputs, 0), weights };
}

describe.each([[[32]], [[50]], [[7]], [[33, 20]], [[100]], [[150, 127]]])('with layers of %j', (units) => {
  test('a row gets the same bits alone, in company and in any order', () => {
    const architecture = { inputs: 25, window: 12, units };
    const { table, weights } = noiseTable(architecture);
    const predict = (rows: Int32Array) => predictRows(architecture, weights, table, rows);
    const all = predict(rowsOf({ from: 0, to: 150 }));

    for (const row of [0, 3, 11, 12, 60, 76, 149]) expect(predict(Int32Array.of(row))[0]).toBe(all[row]);
    const from40 = predict(rowsOf({ from: 40, to: 107 }));
    expect([...from40]).toEqual([...all.slice(40, 107)]);
    const backwards = predict(rowsOf({ from: 0, to: 150 }).reverse());
    expect([...backwards.reverse()]).toEqual([...all]);
    expect(new Set(all).size).toBe(150);
  });
});
