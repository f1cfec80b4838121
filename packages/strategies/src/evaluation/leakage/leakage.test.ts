import { describe, expect, test } from '@jest/globals';
import { defaultFeatures } from '@ml-training/sdk';
import { copyBars, sampleBars, walk } from '../../../test/bars.ts';
import { ensemble } from '../../ensemble/index.ts';
import { lstm } from '../../lstm/index.ts';
import { createRandom } from '../../random.ts';
import { rl } from '../../rl/index.ts';
import type { Bars, Preparation, Strategy } from '../../strategy.ts';
import { directionLabels } from '../labels.ts';
import { checkForLeaks } from './index.ts';

const bars = walk({ rows: 700, seed: 8 });
const check = (prepare: Strategy['prepare'], given: readonly Bars[] = [bars], params = {}): unknown =>
  checkForLeaks({ ...lstm, prepare }, given, params, 1);
const cols = defaultFeatures.length;

/** A prepare that spoils what an honest one made: `spoil` gets the first symbol's part and its bars. */
const spoiled =
  (
    spoil: (
      part: Preparation['symbols'][number],
      own: Bars,
      whole: Preparation,
    ) => void | Partial<Preparation>,
  ): Strategy['prepare'] =>
  (all, params) => {
    const prepared = lstm.prepare(all, params);
    return { ...prepared, ...spoil(prepared.symbols[0]!, all[0]!, prepared) };
  };

describe('checkForLeaks passes', () => {
  test.each([
    ['lstm', lstm, [bars]],
    ['rl', rl, [bars]],
    ['ensemble', ensemble, [bars]],
    ['ensemble', ensemble, [sampleBars('EURUSD', 1000), sampleBars('GOOG', 1000), sampleBars('SP500', 1000)]],
  ] as const)('what %s prepares', (_, strategy, given) => {
    const report = checkForLeaks(strategy, given, { horizon: 2 }, 7);
    expect(report.train_rows).toBeGreaterThan(300);
    expect(report.changed_bars).toBeGreaterThan(100);
    expect(report.strongest_feature!.auc).toBeGreaterThan(0.5);
    expect(report.strongest_feature!.auc).toBeLessThan(0.7);
    expect(Math.abs(report.shuffled_labels!.auc - 0.5)).toBeLessThan(report.shuffled_labels!.allowed);
    expect(checkForLeaks(strategy, given, { horizon: 2 }, 7)).toEqual(report);
  });

  test('a price so regular that its own past tells its future', () => {
    const sine = walk({ rows: 700, seed: 1, close: (t) => 100 + 5 * Math.sin(t / 4) });
    const { strongest_feature } = checkForLeaks(lstm, [sine], {}, 1);
    expect(strongest_feature!.auc).toBeGreaterThan(0.95);
  });

  test('a symbol that the ensemble leaves out', () => {
    const dead = walk({
      rows: 700,
      seed: 2,
      symbol: 'DEAD',
      close: (t, before, noise) => (t < 550 ? before * Math.exp(noise / 100) : before),
    });
    expect(checkForLeaks(ensemble, [bars, dead], {}, 1).train_rows).toBeGreaterThan(300);
  });
});

describe('checkForLeaks warns', () => {
  /** The same bars with centred means of so many closes for prices. */
  function smoothed(bars: Bars, width: number): Bars {
    const reach = (width - 1) / 2;
    const close = bars.close.map((price, t) => {
      const near = bars.close.subarray(t - reach, t + reach + 1);
      return t < reach ? price : near.reduce((sum, one) => sum + one, 0) / near.length;
    });
    const open = close.map((price, t) => close[t - 1] ?? price);
    const high = close.map((price, t) => 1.001 * Math.max(price, open[t]!));
    const low = close.map((price, t) => 0.999 * Math.min(price, open[t]!));
    return { ...bars, open, high, low, close };
  }

  test.each([
    [200, 3],
    [200, 5],
    [1000, 3],
    [1000, 5],
  ])('of a price of %d bars that is a centred mean of %d', (rows, width) => {
    const { warnings, strongest_feature } = checkForLeaks(
      ensemble,
      [walk({ rows, seed: 12 }), smoothed(walk({ rows, seed: 3, symbol: 'SMOOTH' }), width)],
      {},
      1,
    );
    expect(strongest_feature!.auc).toBeLessThan(0.95);
    expect(warnings).toEqual([
      expect.stringMatching(
        new RegExp(`^SMOOTH: the feature ${strongest_feature!.feature} alone .* AUC of 0\\.[89]\\d\\d`),
      ),
    ]);
  });

  test('not of what chance makes of few rows, nor of labels that overlap', () => {
    let looksStrong = 0;
    for (const rows of [150, 300, 600])
      for (const horizon of [1, 5])
        for (let seed = 1; seed <= 8; seed++) {
          const report = checkForLeaks(ensemble, [walk({ rows, seed })], { horizon }, 1);
          expect(report.warnings).toEqual([]);
          if (report.strongest_feature!.auc >= 0.65) looksStrong++;
        }
    expect(looksStrong).toBeGreaterThan(10);
  });

  test('not of real bars', () => {
    for (const symbol of ['EURUSD', 'GOOG', 'SP500'] as const)
      for (const horizon of [1, 20])
        expect(checkForLeaks(ensemble, [sampleBars(symbol, 1000)], { horizon }, 1).warnings).toEqual([]);
  });

  test('from an AUC of 0.65 on, of a feature that is somewhat too good', () => {
    const tells = (share: number) => {
      const noise = createRandom(5);
      const volume = bars.volume.map((_, t) => {
        const rise = (bars.close[t + 1] ?? 0) > bars.close[t]! ? 1 : 0;
        return 1000 + 100 * share * rise + 100 * noise.normal();
      });
      return checkForLeaks(ensemble, [{ ...bars, volume }], {}, 1);
    };
    // Normals whose means differ by so many deviations: an AUC of Φ(difference / √2).
    expect(tells(0.2).warnings).toEqual([]);
    expect(tells(0.8).warnings).toHaveLength(1);
    expect(tells(0.8).strongest_feature!.auc).toBeLessThan(0.75);
  });
});

describe('checkForLeaks catches', () => {
  test('a feature that looks one bar ahead, by name and row', () => {
    const ahead = spoiled(({ train }, { close }) => {
      train.rows.forEach(
        (t, r) => (train.features[r * cols + defaultFeatures.indexOf('body')] = close[t + 1]! / close[t]!),
      );
    });
    expect(() => check(ahead)).toThrow(
      expect.objectContaining({
        code: 'LEAK',
        message: expect.stringMatching(/^WALK: the feature body .*\(row \d+, 2020-/),
      }),
    );
  });

  test('a feature that is blurred by the bar after it, only where training has that bar', () => {
    const blurred = spoiled(({ train }, { volume }) => {
      train.rows.forEach((t, r) => {
        const next = r + 1 < train.rows.length ? volume[t + 1]! : 0;
        train.features[r * cols + defaultFeatures.indexOf('volume_ratio')]! += 1e-9 * next;
      });
    });
    expect(() => check(blurred)).toThrow('the feature volume_ratio of a training row depends on later bars');
  });

  test('a feature measured by the maximum of the whole series', () => {
    const measured = spoiled(({ train }, { volume }) => {
      const largest = volume.reduce((a, b) => Math.max(a, b));
      train.rows.forEach((t, r) => (train.features[r * cols + 3] = volume[t]! / largest));
    });
    expect(() => check(measured)).toThrow('the feature return_10 of a training row depends on later bars');
  });

  test('a scaler fitted on all bars', () => {
    const everything = spoiled((_, { close }, { scaler }) => {
      const mean = scaler.mean.slice();
      mean[4] = close.reduce((sum, price) => sum + price, 0) / close.length;
      return { scaler: { ...scaler, mean } };
    });
    expect(() => check(everything)).toThrow(
      "the scaler's mean of the feature return_20 depends on bars after",
    );
  });

  test('labels that look further than they say', () => {
    const far = spoiled(({ train }, { close }) => {
      train.labels.forEach(
        (_, r) => (train.labels[r] = close[train.rows[r]! + 3]! > close[train.rows[r]!]! ? 1 : 0),
      );
    });
    expect(() => check(far)).toThrow("a training label doesn't say whether the close rises over 1 bars");
  });

  test('rows chosen by later prices', () => {
    const chosen = spoiled(({ train }, { close }) => {
      if (close.at(-1)! > 0.99 * bars.close.at(-1)!) (train.rows as number[]).pop();
    });
    expect(() => check(chosen)).toThrow('which rows are in which part changed with prices after');
  });

  test('parts whose labels reach into each other', () => {
    const touching = spoiled((_part, _own, { symbols: [own] }) => ({
      symbols: [{ ...own!, holdout: { ...own!.holdout, from: own!.validation.rows.at(-1)! + 1 } }],
    }));
    expect(() => check(touching)).toThrow(
      'a holdout row lies among the validation rows or the 1 bars of their labels',
    );
  });

  test('the future already written into the bars', () => {
    const labels = directionLabels(bars.close, 1);
    const revised = copyBars(bars);
    revised.volume.forEach((_, t) => (revised.volume[t] = labels[t] === 1 ? 1100 : 900));
    expect(() => checkForLeaks(lstm, [revised], {}, 1)).toThrow(
      /WALK: the feature volume_ratio alone tells rises from falls .*AUC 1\.000/,
    );
  });
});
