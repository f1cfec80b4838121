// The strategies of docs/examples, as people copy them: each is trained, judged, and predicts the same from
// its file.
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { sampleBars } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { strategiesFolder } from '../../test/user-strategy.ts';
import { checkForLeaks, describeStrategy, loadStored, loadStrategy } from '../index.ts';
import type { Bars } from '../strategy.ts';

const { dir, write } = strategiesFolder();
const examples = new URL('../../../../docs/examples/strategies/', import.meta.url);

async function trained(name: string, bars: Bars) {
  write(name, readFileSync(new URL(`${name}/strategy.ts`, examples), 'utf8'));
  const strategy = await loadStrategy(name, { strategiesDir: dir });
  checkForLeaks(strategy, [bars], {}, 1);
  const { artefact, report, predictions } = await strategy.train(
    { bars: [bars], seed: 1, threads: 1 },
    recorder().context,
  );
  const [judged] = report.symbols;
  const predictor = await loadStored(name, artefact, { strategiesDir: dir });
  expect(await predictor.predict(bars, judged!.holdout)).toEqual(predictions[0]);
  predictor.dispose();
  return { artefact, metrics: judged!.metrics, prediction: predictions[0]! };
}

test('returns-with-btc: a regression on log returns with another symbol as input', async () => {
  const bars = sampleBars('GOOG', 700);
  // Of the same days; any other symbol does.
  const btc = { ...sampleBars('SP500', 5031), symbol: 'BTC/USDT' };
  expect(
    await describeStrategy(
      dir,
      write('returns-with-btc', readFileSync(new URL('returns-with-btc/strategy.ts', examples), 'utf8')),
    ),
  ).toMatchObject({
    learner: 'ensemble',
    features: ['own', 'btc', 'lead', 'rsi', 'volatility'],
  });
  const { artefact, metrics, prediction } = await trained('returns-with-btc', { ...bars, inputs: [btc] });
  expect(artefact.label).toMatchObject({ kind: 'regression', horizon: 12, of: 'log_return' });
  expect(metrics).toMatchObject({
    rank_ic: expect.any(Number),
    r2: expect.any(Number),
    rmse: expect.any(Number),
    return: expect.any(Number),
  });
  // Log returns over 12 days, and a position where they are beyond the band.
  for (const [r, score] of prediction.score.entries()) {
    expect(Math.abs(score)).toBeLessThan(0.5);
    expect(prediction.position[r]).toBe(Math.abs(score) > 0.001 ? Math.sign(score) : 0);
  }
});

test('triple-barrier: three classes on hourly bars, with bars of four hours beside them', async () => {
  const { artefact, metrics, prediction } = await trained('triple-barrier', sampleBars('EURUSD', 1500));
  expect(artefact.label).toMatchObject({
    kind: 'triple_barrier',
    horizon: 24,
    upper: 4,
    lower: 4,
    window: 48,
  });
  expect(metrics).toMatchObject({
    accuracy: expect.any(Number),
    log_loss: expect.any(Number),
    return: expect.any(Number),
  });
  const classes = 3;
  expect(prediction.probabilities).toHaveLength(classes * prediction.score.length);
  for (let r = 0; r < prediction.score.length; r++) {
    const ofRow = prediction.probabilities!.subarray(classes * r, classes * (r + 1));
    expect(ofRow.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
  }
});
