import { describe, expect, test } from '@jest/globals';
import { recorder } from '../../test/context.ts';
import { logLoss } from '../evaluation/metrics.ts';
import { createRandom } from '../random.ts';
import { takeRows, type ClassRows, type LabelledRows } from '../dataset.ts';
import { foldsInTime, type Fold } from '../evaluation/folds.ts';
import { openMember } from './members.ts';
import {
  binRows,
  crossValidateTrees,
  threadsFor,
  trainTrees,
  treeMembers,
  type TreeMember,
} from './trees.ts';

test.each([
  // Values, max, threads
  [0, 8, 1],
  [7_311 * 25, 2, 1],
  [999_999, 8, 1],
  [1_000_000, 8, 2],
  [1_000_000, 1, 1],
  [3_600_000, 32, 7],
  [100_000_000, 4, 4],
])('%d values, of %d threads: %d', (values, max, threads) => {
  expect(threadsFor(values, max)).toBe(threads);
});

test('what takes two threads gives the same trees as one', async () => {
  const cols = 50;
  const random = createRandom(3);
  const made = (rows: number): ClassRows => {
    const data = Float64Array.from({ length: rows * cols }, () => random.next());
    const labels = Uint8Array.from({ length: rows }, (_, r) => Number(data[r * cols]! + random.next() > 1));
    return { data, rows, cols, labels };
  };
  const [train, validation] = [made(22_000), made(500)];
  const params = {
    boosting: 'gbdt',
    num_leaves: 8,
    bagging_freq: 1,
    bagging_fraction: 0.7,
    feature_fraction: 0.6,
  };
  const featureNames = Array.from({ length: cols }, (_, c) => `f${c}`);
  const grow = async (threads: number) => {
    using rows = binRows(train, validation, { featureNames, random: createRandom(1), threads });
    expect(rows.params['num_threads']).toBe(threads);
    const member = { name: 'boosting', numBoostRound: 5, earlyStoppingRounds: null, params };
    const run = { random: createRandom(1), context: recorder().context, pause: () => Promise.resolve() };
    return (await trainTrees(member, rows, run)).stored;
  };
  expect(await grow(2)).toEqual(await grow(1));
});

describe('trees that are cross-validated', () => {
  const cols = 6;
  const featureNames = Array.from({ length: cols }, (_, c) => `f${c}`);
  const random = createRandom(8);
  const data = Float64Array.from({ length: 500 * cols }, () => random.normal());
  const labels = Uint8Array.from({ length: 500 }, (_, r) => Number(data[r * cols]! + random.normal() > 0));
  const rows: ClassRows = { data, rows: 500, cols, labels };
  const time = Float64Array.from({ length: 500 }, (_, t) => t);
  const folds = foldsInTime({ time, labelEnd: time.map((t) => t + 1) }, { count: 4, embargo: 2, minFit: 20 });
  const forest: TreeMember = {
    name: 'random_forest',
    numBoostRound: 20,
    earlyStoppingRounds: null,
    params: {
      ...{ boosting: 'rf', num_leaves: 31, min_data_in_leaf: 5 },
      ...{ bagging_freq: 1, bagging_fraction: 0.632 },
    },
  };
  const boosting: TreeMember = {
    name: 'boosting',
    numBoostRound: 200,
    earlyStoppingRounds: 20,
    params: { boosting: 'gbdt', learning_rate: 0.1, num_leaves: 8, min_data_in_leaf: 5 },
  };
  const run = () => {
    const { context, epochs } = recorder();
    return { random: createRandom(1), context, pause: () => Promise.resolve(), epochs };
  };
  const binned = (train: LabelledRows, validation: LabelledRows | null) =>
    binRows(train, validation, { featureNames, random: createRandom(1), threads: 1 });

  async function crossValidated(member: TreeMember, given: LabelledRows, of: readonly Fold[] = folds) {
    const inFolds = of.map(({ fit, ask }) => binned(takeRows(given, fit), takeRows(given, ask)));
    using all = binned(given, null);
    const how = run();
    const found = await crossValidateTrees(member, inFolds, all, how);
    inFolds.forEach((one) => one[Symbol.dispose]());
    return { ...found, curve: how.epochs.flatMap(({ values }) => Object.values(values)) };
  }

  test('say of rows what they said before when only those rows change', async () => {
    const before = await crossValidated(forest, rows);
    for (const [k, { ask }] of folds.entries()) {
      const flipped = labels.slice();
      for (const row of ask) flipped[row] = 1 - flipped[row]!;
      const after = await crossValidated(forest, { ...rows, labels: flipped });
      folds.forEach((_, fold) => {
        if (fold === k) expect(after.answers[fold]).toEqual(before.answers[fold]);
        else expect(after.answers[fold]).not.toEqual(before.answers[fold]);
      });
      expect(after.member.stored).not.toEqual(before.member.stored);
    }
  });

  test('keep as many rounds as do best over all folds, grown on all rows', async () => {
    const { member, answers, curve } = await crossValidated(boosting, rows);
    const best = curve.indexOf(Math.min(...curve)) + 1;
    expect(member.rounds).toBe(best);
    expect(best).toBeGreaterThan(5);
    expect(best).toBeLessThan(200);
    using all = binned(rows, rows);
    const alone = await trainTrees(
      { ...boosting, numBoostRound: best, earlyStoppingRounds: null },
      all,
      run(),
    );
    expect(member.stored).toEqual(alone.stored);
    let loss = 0;
    folds.forEach(({ ask }, fold) => {
      loss += logLoss(answers[fold]!, takeRows(rows, ask).labels as Uint8Array) * (ask.length / 500);
    });
    expect(loss).toBeCloseTo(Math.min(...curve), 9);
  });

  test('ask a part of a forest out of fold, which is the first part of what each fold would grow', async () => {
    const [part, whole] = [
      await crossValidated({ ...forest, foldRounds: 10 }, rows),
      await crossValidated(forest, rows),
    ];
    const ten = await crossValidated({ ...forest, numBoostRound: 10 }, rows);
    expect(part.answers).toEqual(ten.answers);
    expect(part.answers).not.toEqual(whole.answers);
    expect(part.member).toEqual(whole.member);
    expect(part.member.rounds).toBe(20);
  });

  test('of an ensemble: a quarter of each forest is asked, of boosting all', () => {
    const kinds = treeMembers(
      { forest_trees: 101, num_boost_round: 7, early_stopping_rounds: 3, learning_rate: 0.1 },
      500,
    );
    expect(kinds.map(({ foldRounds }) => foldRounds)).toEqual([undefined, 26, 26]);
  });

  test('say with a single fold what trees of its train rows alone say', async () => {
    const [only] = folds.slice(3);
    const { answers } = await crossValidated(boosting, rows, [only!]);
    const [train, validation] = [takeRows(rows, only!.fit), takeRows(rows, only!.ask)];
    using alone = binned(train, validation);
    const { stored } = await trainTrees(boosting, alone, run());
    const member = openMember(stored, cols, 'boosting');
    expect(answers[0]).toEqual(member.predict(validation));
    member.dispose();
  });
});
