import { describe, expect, test } from '@jest/globals';
import { copyBars, sampleBars } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { auc } from '../evaluation/metrics.ts';
import { directionLabels } from '../evaluation/index.ts';
import { createRandom } from '../random.ts';
import type { Bars } from '../strategy.ts';
import { ensemble } from './index.ts';

const samples = [sampleBars('EURUSD', 1000), sampleBars('GOOG', 1000), sampleBars('SP500', 1000)];

/**
 * The same bars in random order, chained to a new price: what comes next has nothing to do with what was
 * before.
 */
function shuffledBars(bars: Bars, seed: number): Bars {
  const rows = bars.close.length;
  const order = createRandom(seed).shuffle(Int32Array.from({ length: rows - 1 }, (_, i) => i + 1));
  const shuffled = copyBars(bars);
  order.forEach((from, i) => {
    const factor = shuffled.close[i]! / bars.close[from - 1]!;
    for (const name of ['open', 'high', 'low', 'close'] as const)
      shuffled[name][i + 1] = bars[name][from]! * factor;
    shuffled.volume[i + 1] = bars.volume[from]!;
  });
  return shuffled;
}

/** AUC over the holdouts of all symbols together, each row of each run one. */
async function holdoutAuc(runs: readonly (readonly Bars[])[]): Promise<{ area: number; rows: number }> {
  const probability: number[] = [];
  const labels: number[] = [];
  for (const [seed, bars] of runs.entries()) {
    const { artefact, report } = await ensemble.train({ bars, seed, threads: 1 }, recorder().context);
    const predictor = await ensemble.load(artefact);
    for (const [s, { holdout }] of report.symbols.entries()) {
      probability.push(...(await predictor.predict(bars[s]!, holdout)).score);
      labels.push(...directionLabels(bars[s]!.close, 1).subarray(holdout.from, holdout.to));
    }
    predictor.dispose();
  }
  const area = auc(Float64Array.from(probability), Uint8Array.from(labels));
  return { area: area!, rows: labels.length };
}

describe('leaks', () => {
  test('are none where there is nothing to find: shuffled bars score at chance', async () => {
    const runs = [1, 2, 3, 4].map((seed) => samples.map((bars, s) => shuffledBars(bars, 10 * seed + s)));
    const { area, rows } = await holdoutAuc(runs);
    // Standard error of the AUC of a coin: √(1 / 3n) with half the rows rising (Hanley and McNeil 1982).
    const noise = Math.sqrt(1 / (3 * rows));
    expect(Math.abs(area - 0.5)).toBeLessThan(3.5 * noise);
  });

  test('would show: the next direction planted into the volume is found', async () => {
    const planted = samples.map((bars) => {
      const labels = directionLabels(bars.close, 1);
      return { ...bars, volume: bars.volume.map((_, t) => (labels[t] === 1 ? 1100 : 900)) };
    });
    const { area } = await holdoutAuc([planted]);
    expect(area).toBeGreaterThan(0.95);
  });
});
