import { beforeAll, describe, expect, test } from '@jest/globals';
import { ensembleSettings } from '@ml-training/sdk';
import { recorder } from '../../test/context.ts';
import type { PooledRows } from '../dataset.ts';
import { foldsInTime } from '../evaluation/folds.ts';
import { auc, logLoss } from '../evaluation/metrics.ts';
import { readParams } from '../params.ts';
import { createRandom } from '../random.ts';
import { fitEnsemble, type FittedEnsemble } from './fit.ts';
import { openMembers } from './members.ts';

const cols = 8;
const names = Array.from({ length: cols }, (_, c) => `f${c}`);
const settings = readParams(ensembleSettings, { forest_trees: 40, num_boost_round: 60 }, 'ensemble');

/** Labels that nothing tells. */
function noise(rows: number): PooledRows {
  const random = createRandom(4);
  const data = Float64Array.from({ length: rows * cols }, () => random.normal());
  const time = Float64Array.from({ length: rows }, (_, t) => t);
  const labels = Uint8Array.from({ length: rows }, () => random.int(2));
  return {
    data,
    rows,
    cols,
    labels,
    time,
    labelEnd: time.map((t) => t + 1),
    symbolIndex: new Uint32Array(rows),
    bar: Uint32Array.from({ length: rows }, (_, r) => r),
  };
}

describe('what the members say out of fold', () => {
  const rows = noise(600);
  const folds = foldsInTime(rows, { count: 5, embargo: 0, minFit: 20 });
  let fitted: FittedEnsemble;
  beforeAll(async () => {
    const target = { task: 'binary' } as const;
    fitted = await fitEnsemble(
      { rows, folds },
      {
        target,
        featureNames: names,
        symbols: ['A'],
        settings,
        seed: 1,
        threads: 1,
        context: recorder().context,
      },
    );
  });
  const areaOf = (said: Float64Array): number => auc(said, Uint8Array.from(rows.labels))!;

  test('knows nothing of labels that nothing tells, though the members know their own rows by heart', () => {
    const members = openMembers(
      fitted.members.map(({ stored }) => stored),
      cols,
      'ensemble',
    );
    fitted.members.forEach(({ stored: { name }, outOfFold }, k) => {
      expect(outOfFold).toHaveLength(rows.rows);
      // Its standard error is 0.024; members whose folds' base rates differ lean below one half.
      expect(areaOf(outOfFold)).toBeLessThan(0.57);
      const own = areaOf(members[k]!.predict(rows));
      if (name.includes('_')) expect(own).toBeGreaterThan(name === 'random_forest' ? 0.7 : 0.63);
    });
    members.forEach((member) => member.dispose());
  });

  test('is what the report scores, alone and pooled by the weights that the file holds', () => {
    const { weights, calibration } = fitted.state as unknown as {
      weights: number[];
      calibration: { slope: number; intercept: number };
    };
    const losses = fitted.details.validation_log_loss as Record<string, number>;
    const labels = Uint8Array.from(rows.labels);
    fitted.members.forEach(({ stored: { name }, outOfFold }) =>
      expect(losses[name]).toBeCloseTo(logLoss(outOfFold, labels), 12),
    );
    const pooled = Float64Array.from(labels, (_, i) => {
      const z = fitted.members.reduce((sum, { outOfFold }, k) => {
        const p = outOfFold[i]!;
        return sum + weights[k]! * Math.log(p / (1 - p));
      }, 0);
      return 1 / (1 + Math.exp(-(calibration.intercept + calibration.slope * z)));
    });
    expect(losses.vote).toBeCloseTo(logLoss(pooled, labels), 9);
  });

  test('makes the pool say next to nothing where there is nothing', () => {
    const { vote } = fitted.details.validation_log_loss as { vote: number };
    expect(vote).toBeGreaterThan(Math.log(2) - 0.004);
    expect(vote).toBeLessThan(Math.log(2) + 0.004);
  });
});
