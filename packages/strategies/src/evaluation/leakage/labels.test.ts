// The checks for leaks with labels other than a direction: what they let pass and what they catch.
import { describe, expect, test } from '@jest/globals';
import { defaultFeatures } from '@ml-training/sdk';
import { copyBars, sampleBars } from '../../../test/bars.ts';
import { buildDataset, preparationOf } from '../../dataset.ts';
import { featureSetOf } from '../../features/index.ts';
import { directionOrNeutral } from '../../labels/direction.ts';
import { futureReturn } from '../../labels/regression.ts';
import { tripleBarrier } from '../../labels/triple-barrier.ts';
import type { Bars, LabelDefinition, Labels, Preparation } from '../../strategy.ts';
import { checkForLeaks } from './index.ts';
import { checkShuffled } from './statistical.ts';

const bars = sampleBars('GOOG', 700);
const features = featureSetOf(defaultFeatures);

/** A strategy with this label, as the checks see one. */
const strategyOf = (label: LabelDefinition) => ({
  features: () => features,
  prepare: (given: readonly Bars[]): Preparation =>
    preparationOf(
      buildDataset(given, {
        compute: features.compute,
        label,
        window: 1,
        shortWindows: false,
        settings: {
          horizon: label.label.horizon,
          holdout_share: 0.2,
          holdout_rows: 0,
          holdout_from: 0,
          walk_forward_folds: 0,
          train_bars: 0,
          embargo_share: 0.01,
          cost_bps: 5,
          slippage_bps: 0,
          validation_share: 0.2,
        },
      }),
      label,
    ),
});
const barrier = tripleBarrier({ horizon: 6 }, { upper: 1, lower: 1, window: 20 });
const kinds: readonly (readonly [name: string, label: LabelDefinition])[] = [
  ['a band of costs', directionOrNeutral({ horizon: 3, cost_bps: 5 }, { costs: 5 })],
  ['a triple barrier', barrier],
  ['a regression', futureReturn({ horizon: 3 }, 'log_return')],
];

describe.each(kinds)('with %s', (_, label) => {
  test('honest rows pass, and are looked at', () => {
    const found = checkForLeaks(strategyOf(label), [bars], undefined, 1);
    expect(found.strongest_feature!.auc).toBeGreaterThan(0.5);
    expect(found.strongest_feature!.auc).toBeLessThan(0.75);
    expect(Math.abs(found.shuffled_labels!.auc - 0.5)).toBeLessThan(found.shuffled_labels!.allowed);
  });

  test('the future already written into the bars is caught', () => {
    const revised = copyBars(bars);
    const { horizon } = label.label;
    // Of the barrier the direction of the whole stretch tells nearly, not quite: there the class itself does.
    const classes = label === barrier ? barrier.of(bars) : null;
    for (let t = 0; t < 700 - horizon; t++)
      revised.volume[t] = 900 + 200 * (classes?.[t] ?? Number(bars.close[t + horizon]! > bars.close[t]!));
    expect(() => checkForLeaks(strategyOf(label), [revised], undefined, 1)).toThrow(
      /GOOG: the feature volume_ratio alone tells rises from falls/,
    );
  });

  test('holdout rows among the training rows are caught', () => {
    const prepared = strategyOf(label).prepare([bars]);
    const [own] = prepared.symbols as [Preparation['symbols'][number]];
    const { from, to } = own.holdout;
    const both = Array.from({ length: to - from }, (_, i) => from + i);
    const spoilt = { ...own, train: { ...own.train, rows: [...both, ...own.train.rows.slice(0, 150)] } };
    const check = (symbols: Preparation['symbols']) => (): unknown =>
      checkShuffled({ ...prepared, symbols }, new Map([[bars.symbol, bars]]), 1, features.compute);
    expect(check([own])).not.toThrow();
    expect(check([spoilt])).toThrow('holdout rows are among those it learns from');
  });
});

describe('a label that', () => {
  const changed = (of: (labels: Labels, given: Bars) => Labels): LabelDefinition => {
    const label = futureReturn({ horizon: 3 }, 'return');
    return { ...label, of: (given) => of(label.of(given), given) };
  };
  test.each<[string, LabelDefinition]>([
    [
      'looks a bar further than its horizon',
      changed((labels, { close }) => labels.map((y, t) => (close[t + 4] ?? 0) / close[t]! + 0 * y)),
    ],
    [
      'looks further at its first rows alone',
      changed((labels, { close }) => labels.map((y, t) => (t < 60 ? (close[t + 4] ?? 1) / close[t]! : y))),
    ],
    [
      'is measured by all bars',
      changed((labels) => {
        const mean = Float64Array.from(labels).reduce((sum, y) => sum + y, 0) / labels.length;
        return labels.map((y) => y - mean);
      }),
    ],
  ])('%s is caught', (_, label) => {
    expect(() => checkForLeaks(strategyOf(label), [bars], undefined, 1)).toThrow(
      /GOOG: a training label looks further ahead than the 3 bars of its horizon \(row \d+, /,
    );
  });

  test('is another at each look is caught', () => {
    let looks = 0;
    const label = changed((labels) => labels.map((y) => y + looks++));
    expect(() => checkForLeaks(strategyOf(label), [bars], undefined, 1)).toThrow(
      'a training label is not the one that its bars have',
    );
  });
});
