import { describe, expect, test } from '@jest/globals';
import { laggedBars } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { digest } from '../../test/digest.ts';
import { sliceBars } from '../features/index.ts';
import type { Artefact, Bars, Plain } from '../strategy.ts';
import { lstm } from './index.ts';

const all = laggedBars(460);
const before = sliceBars(all, { from: 0, to: 400 });
const rolledOn = sliceBars(all, { from: 60, to: 460 });
const params = { window: 6, units: 8, learning_rate: 0.01, epochs: 12, patience: 3 };

async function train(bars: Bars, given: { champion?: Artefact; params?: Record<string, Plain> } = {}) {
  const recorded = recorder();
  const request = { bars: [bars], seed: 3, threads: 1, ...given, params: { ...params, ...given.params } };
  const trained = await lstm.train(request, recorded.context);
  return { ...trained, epochs: recorded.epochs.map(({ values }) => values) };
}

const champion = (await train(before)).artefact;
const anew = await train(rolledOn);

describe('a training on later bars', () => {
  test('is warm-started from the weights of the model in use, on its scale, and says so', async () => {
    const { artefact, report, epochs } = await train(rolledOn, { champion });
    expect(report.lineage).toEqual({
      continued: true,
      reason: 'warm start from the state and scaler of the model in use',
    });
    expect(artefact.model_state.scaler).toEqual(champion.model_state.scaler);
    expect(artefact.model_state.scaler).not.toEqual(anew.artefact.model_state.scaler);
    expect(epochs[0]).not.toHaveProperty('loss');
    expect(Number(report.details.validation_loss)).toBeLessThanOrEqual(epochs[0]!.validation_loss!);
  });

  test('begins with what the LSTM of the model in use knows, beside a linear part of the new rows', async () => {
    // Of these the newest step alone tells nothing of three bars before.
    const params = { features: ['return_1', 'body'] };
    const { artefact: knowing } = await train(before, { params });
    const { report, epochs } = await train(rolledOn, { champion: knowing, params });
    expect(report.lineage.continued).toBe(true);
    expect(epochs[0]!.validation_loss).toBeLessThan(Number(report.details.linear_validation_loss) - 0.1);
  });

  test('says what both have seen, from the first bar to the last', async () => {
    const { artefact, report } = await train(rolledOn, { champion });
    const [oldTrain] = champion.fitted_spans;
    const [ownTrain] = anew.artefact.fitted_spans;
    expect(artefact.fitted_spans[0]).toEqual({ ...ownTrain, start: oldTrain!.start });
    const [symbol] = report.symbols;
    expect(symbol!.dataFrom).toBe(oldTrain!.start);
    expect(symbol!.dataTo).toBe(anew.report.symbols[0]!.dataTo);
    expect(symbol!.dataTo).toBe(rolledOn.time[symbol!.validation.to]);
  });

  test('never ends with a worse validation loss than it began with', async () => {
    const wild = { learning_rate: 1, warm_learning_rate_share: 1, patience: 2, clip_norm: 100 };
    const { artefact, report, epochs } = await train(rolledOn, { champion, params: wild });
    const losses = epochs.map(({ validation_loss: loss }) => loss!);
    expect(losses.at(-1)).toBeGreaterThan(Math.min(...losses));
    expect(report.details.best_epoch).toBe(losses.indexOf(Math.min(...losses)));
    expect(report.details.validation_loss).toBe(Math.min(...losses));
    expect(artefact.model_state.lstm).not.toEqual(champion.model_state.lstm);
  });

  test('learns at the given share of the learning rate', async () => {
    const moved = async (share: number) => {
      const given = { warm_learning_rate_share: share, epochs: 1 };
      return (await train(rolledOn, { champion, params: given })).epochs[1]!.validation_loss;
    };
    expect(await moved(1)).not.toBe(await moved(0.1));
  });

  test('is resumed in the same way when it was interrupted', async () => {
    let kept: Plain = null;
    const request = { bars: [rolledOn], seed: 3, threads: 1, champion, params };
    const stop = (state: () => Plain) =>
      Promise.reject(((kept = structuredClone(state())), new Error('stop')));
    const { context } = recorder();
    await expect(lstm.train(request, { ...context, checkpoint: stop })).rejects.toThrow('stop');
    const resumed = await lstm.train(request, { ...context, resume: kept });
    const whole = await train(rolledOn, { champion });
    expect(digest(resumed.artefact.model_state)).toBe(digest(whole.artefact.model_state));
    expect(resumed.report).toEqual(whole.report);
  });
});

describe('begins from scratch and says why', () => {
  const damaged = (part: Record<string, Plain>): Artefact => ({
    ...champion,
    model_state: { ...champion.model_state, ...part },
  });
  test.each<[string, { champion?: Artefact; params?: Record<string, Plain> }, string]>([
    ['without a model in use', {}, 'there is no model in use to warm-start from'],
    [
      'when the model in use has seen the holdout',
      {
        champion: {
          ...champion,
          fitted_spans: [{ symbol: 'LAGGED', part: 'train', start: 0, end: Infinity }],
        },
      },
      'the model in use has seen bars of LAGGED that the new one is to be judged on',
    ],
    [
      'with other layers',
      { champion, params: { units: 9 } },
      'the model in use has a window of 6, layers of 8 units and a skip path, the new one',
    ],
    ['with another window', { champion, params: { window: 7 } }, 'the model in use looks at 39 bars'],
    [
      'with another horizon',
      { champion, params: { horizon: 2 } },
      'the model in use expects the close 1 bars on',
    ],
    ['when its weights are damaged', { champion: damaged({ lstm: {} }) }, "the model in use can't be read"],
    ['when its scaler is damaged', { champion: damaged({ scaler: {} }) }, "the model in use can't be read"],
  ])('%s', async (_, given, reason) => {
    const { artefact, report } = await train(rolledOn, given);
    expect(report.lineage.continued).toBe(false);
    expect(report.lineage.reason).toContain(reason);
    const own = await train(rolledOn, given.params === undefined ? {} : { params: given.params });
    expect(artefact).toEqual(own.artefact);
  });
});
