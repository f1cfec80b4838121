import { describe, expect, test } from '@jest/globals';
import { laggedBars } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { digest } from '../../test/digest.ts';
import type { Plain, TrainContext } from '../strategy.ts';
import { lstm } from './index.ts';

const bars = laggedBars(260);
const params = { window: 6, units: 5, layers: 2, dropout: 0.2, epochs: 12, patience: 2, learning_rate: 0.05 };

const train = (context: TrainContext) => lstm.train({ bars: [bars], params, seed: 3, threads: 1 }, context);

/** Trains until the epoch's checkpoint, and gives what was kept then, as if read from a file. */
async function interrupted(epoch: number): Promise<Plain> {
  const kept: Plain[] = [];
  const context: TrainContext = {
    ...recorder().context,
    checkpoint: (state) => {
      kept.push(structuredClone(state()));
      return kept.length < epoch ? Promise.resolve() : Promise.reject(new Error('stopped'));
    },
  };
  await expect(train(context)).rejects.toThrow('stopped');
  return kept.at(-1)!;
}

const whole = recorder();
const expected = await train(whole.context);
const epochs = whole.epochs.length;

describe('a training that is interrupted and resumed', () => {
  test('is an example of one that stopped early, some epochs after its best', () => {
    expect(expected.report.details.best_epoch).toBeGreaterThan(1);
    expect(epochs).toBe(Number(expected.report.details.best_epoch) + 2);
  });

  test.each(Array.from({ length: epochs }, (_, i) => i + 1))(
    'after epoch %i ends with the same bytes and report',
    async (epoch) => {
      const { context, epochs: after } = recorder();
      const resumed = await train({ ...context, resume: await interrupted(epoch) });
      expect(digest(resumed.artefact.model_state)).toBe(digest(expected.artefact.model_state));
      expect(resumed.report).toEqual(expected.report);
      expect(after).toEqual(whole.epochs.slice(epoch));
    },
  );

  test('twice ends with the same bytes', async () => {
    const first = await interrupted(1);
    let second: Plain = null;
    const stop: TrainContext = {
      ...recorder().context,
      resume: first,
      checkpoint: (state) => Promise.reject(((second = state()), new Error('again'))),
    };
    await expect(train(stop)).rejects.toThrow('again');
    const { artefact } = await train({ ...recorder().context, resume: second });
    expect(digest(artefact.model_state)).toBe(digest(expected.artefact.model_state));
  });
});

describe('a checkpoint is refused', () => {
  type Kept = Record<string, Plain> & { order: { data: Uint8Array }; weights: Plain; best: object };
  const changed = async (change: (kept: Kept) => object): Promise<Plain> => {
    // What `fitStateToPlain` made.
    const kept = (await interrupted(2)) as unknown as Kept;
    return { ...kept, ...change(kept) };
  };
  test.each<[string, (kept: Kept) => object, string]>([
    ['without an epoch', () => ({ epoch: 'two' }), 'epoch'],
    ['with weights of another model', () => ({ weights: { dtype: 'float32' } }), 'weights'],
    ['with a best epoch yet to come', ({ best }) => ({ best: { ...best, epoch: 5 } }), 'best.epoch'],
    ['with no best loss', ({ best }) => ({ best: { ...best, loss: Infinity } }), 'best.loss'],
    ['without what Adam remembers', () => ({ adam: null }), 'adam'],
    [
      'with a row twice in the order',
      ({ order }) => ({ order: { ...order, data: order.data.with(0, order.data[4]!) } }),
      'each training row once',
    ],
    ['with a damaged random stream', () => ({ dropout: [1, 2] }), 'random stream'],
  ])('%s', async (_, change, message) => {
    const training = train({ ...recorder().context, resume: await changed(change) });
    await expect(training).rejects.toMatchObject({ code: 'INVALID_MODEL' });
    await expect(training).rejects.toThrow(message);
  });

  test('when it is none at all', async () => {
    const training = train({ ...recorder().context, resume: 'half a file' });
    await expect(training).rejects.toMatchObject({ code: 'INVALID_MODEL' });
  });
});
