import { beforeAll, describe, expect, test } from '@jest/globals';
import { sampleBars } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { digest } from '../../test/digest.ts';
import type { Plain, TrainContext } from '../strategy.ts';
import { ensemble } from './index.ts';

const request = {
  bars: [sampleBars('EURUSD', 300), sampleBars('SP500', 300)],
  params: { forest_trees: 30, patience: 10 },
  seed: 42,
  threads: 1,
};
const stop = new Error('stopped by a test');

/** A context that keeps the state of the nth checkpoint and ends the run there. */
function interruptedAt(n: number, resume: Plain | null = null) {
  const run = recorder();
  const kept: { calls: number; state: Plain } = { calls: 0, state: null };
  const context: TrainContext = {
    ...run.context,
    resume,
    checkpoint: (state) => {
      if (++kept.calls !== n) return Promise.resolve();
      kept.state = structuredClone(state());
      return Promise.reject(stop);
    },
  };
  return { ...run, context, kept };
}

const membersOf = (state: Plain): readonly unknown[] => (state as unknown as { members: unknown[] }).members;

describe('an ensemble whose training was interrupted', () => {
  let whole: string;
  let checkpoints: number;
  let state: Plain;
  beforeAll(async () => {
    const run = interruptedAt(Infinity);
    whole = digest((await ensemble.train(request, run.context)).artefact.modelState);
    checkpoints = run.kept.calls;
    const late = interruptedAt(checkpoints);
    await expect(ensemble.train(request, late.context)).rejects.toBe(stop);
    state = late.kept.state;
  });

  test('ends with the same bytes once resumed, wherever that was', async () => {
    expect(checkpoints).toBeGreaterThan(10);
    const finished = new Set<number>();
    for (let n = 1; n <= checkpoints; n += 2) {
      const first = interruptedAt(n);
      await expect(ensemble.train(request, first.context)).rejects.toBe(stop);
      finished.add(membersOf(first.kept.state).length);
      const second = interruptedAt(Infinity, first.kept.state);
      const { artefact } = await ensemble.train(request, second.context);
      expect(digest(artefact.modelState)).toBe(whole);
    }
    expect([...finished].sort()).toEqual([0, 1, 2, 3]);
  });

  test('does not grow again what was finished, nor loses what the report says of it', async () => {
    const run = interruptedAt(Infinity, state);
    const { report } = await ensemble.train(request, run.context);
    const curves = new Set(run.epochs.flatMap(({ values }) => Object.keys(values)));
    expect([...curves]).toEqual(['logistic_validation_log_loss']);
    const plain = await ensemble.train(request, recorder().context);
    expect(report).toEqual(plain.report);
  });

  test('goes on after two interruptions', async () => {
    const first = interruptedAt(5);
    await expect(ensemble.train(request, first.context)).rejects.toBe(stop);
    const second = interruptedAt(4, first.kept.state);
    await expect(ensemble.train(request, second.context)).rejects.toBe(stop);
    expect(membersOf(second.kept.state).length).toBeGreaterThan(membersOf(first.kept.state).length);
    const third = interruptedAt(Infinity, second.kept.state);
    expect(digest((await ensemble.train(request, third.context)).artefact.modelState)).toBe(whole);
  });

  test.each([
    ['nothing of an ensemble', () => ({ epoch: 3 }), 'checkpoint has no list of members'],
    ['no dictionary', () => [1], 'checkpoint is no dictionary'],
    [
      'members in another order',
      withLists(({ members }) => ({ members: [...members].reverse() })),
      'belongs',
    ],
    ['a member too many', withLists(({ members }) => ({ members: [...members, ...members] })), 'belongs'],
    [
      'trees that were cut',
      withLists(({ members }) => ({
        members: members.map((member) => ({ ...(member as object), model_text_zlib: new Uint8Array(8) })),
      })),
      "can't be inflated",
    ],
    ['no count of rounds', withLists(() => ({ rounds: [] })), 'no number of rounds'],
    ['no gains', withLists(() => ({ gains: [] })), 'is no stored array'],
  ])('is not resumed from a checkpoint with %s', async (_, change, message) => {
    const run = interruptedAt(Infinity, change(state) as Plain);
    const training = ensemble.train(request, run.context);
    await expect(training).rejects.toMatchObject({ code: 'INVALID_MODEL' });
    await expect(training).rejects.toThrow("the training can't be resumed: ");
    await expect(training).rejects.toThrow(message);
  });
});

interface Lists {
  readonly members: readonly unknown[];
}

function withLists(change: (lists: Lists) => object): (state: Plain) => unknown {
  return (state) => ({ ...(state as object), ...change(state as unknown as Lists) });
}
