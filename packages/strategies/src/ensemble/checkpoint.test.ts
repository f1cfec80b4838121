import { beforeAll, describe, expect, test } from '@jest/globals';
import { sampleBars } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { digest } from '../../test/digest.ts';
import type { Plain, TrainContext } from '../strategy.ts';
import { ensemble } from './index.ts';

const request = {
  bars: [sampleBars('EURUSD', 300), sampleBars('SP500', 300)],
  params: { forest_trees: 30, early_stopping_rounds: 10 },
  seed: 42,
  threads: 1,
};
const stop = new Error('stopped by a test');

/**
 * A context that keeps the state of a checkpoint and ends the run there: the `call`th one with that many
 * members finished. (How many there are in all depends on how busy the machine is.)
 */
function interruptedAt(finished: number, call: number, resume: Plain | null = null) {
  const run = recorder();
  const kept: { calls: number; state: Plain } = { calls: 0, state: null };
  const context: TrainContext = {
    ...run.context,
    resume,
    checkpoint: (given) => {
      const state = given();
      if (membersOf(state).length !== finished || ++kept.calls !== call) return Promise.resolve();
      kept.state = structuredClone(state);
      return Promise.reject(stop);
    },
  };
  return { ...run, context, kept };
}

/** The state in which the run was interrupted. */
async function stateAt(finished: number, call: number, resume: Plain | null = null): Promise<Plain> {
  const run = interruptedAt(finished, call, resume);
  await expect(ensemble.train(request, run.context)).rejects.toBe(stop);
  return run.kept.state;
}

async function resumed(state: Plain): Promise<string> {
  const { artefact } = await ensemble.train(request, { ...recorder().context, resume: state });
  return digest(artefact.model_state);
}

const membersOf = (state: Plain): readonly unknown[] => (state as unknown as { members: unknown[] }).members;

describe('an ensemble whose training was interrupted', () => {
  let whole: string;
  let state: Plain;
  beforeAll(async () => {
    whole = digest((await ensemble.train(request, recorder().context)).artefact.model_state);
    state = await stateAt(3, 1);
  });

  test.each([
    ['within boosting', 0, 1],
    ['after boosting', 1, 1],
    ['within the random forest', 1, 2],
    ['later within it', 1, 4],
    ['after it', 2, 1],
    ['within the extra trees', 2, 3],
    ['before the regression', 3, 1],
  ])('%s ends with the same bytes once resumed', async (_, finished, call) => {
    expect(await resumed(await stateAt(finished, call))).toBe(whole);
  });

  test('does not grow again what was finished, nor loses what the report says of it', async () => {
    const run = recorder();
    const { report } = await ensemble.train(request, { ...run.context, resume: state });
    const curves = new Set(run.epochs.flatMap(({ values }) => Object.keys(values)));
    expect([...curves]).toEqual(['logistic_validation_log_loss']);
    const plain = await ensemble.train(request, recorder().context);
    expect(report).toEqual(plain.report);
  });

  test('goes on after two interruptions', async () => {
    const first = await stateAt(1, 2);
    const second = await stateAt(2, 2, first);
    expect(await resumed(second)).toBe(whole);
  });

  test('is stopped within a member by its signal, once its state was kept', async () => {
    const abort = new AbortController();
    const kept: number[] = [];
    const run = recorder(abort.signal);
    const context: TrainContext = {
      ...run.context,
      epoch: (_, values) => {
        if ('random_forest_validation_log_loss' in values) setImmediate(() => abort.abort(stop));
      },
      checkpoint: (given) => {
        kept.push(membersOf(given()).length);
        return Promise.resolve();
      },
    };
    await expect(ensemble.train(request, context)).rejects.toBe(stop);
    expect(kept.at(-1)).toBe(1);
  });

  test.each([
    ['nothing of an ensemble', () => ({ epoch: 3 }), 'checkpoint has no list of members'],
    ['no dictionary', () => [1], 'checkpoint is missing or no dictionary'],
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
    ['no answers out of fold', withLists(() => ({ out_of_fold: [] })), 'out_of_fold is no stored array'],
    ['no list of them', withLists(() => ({ out_of_fold: null })), 'has no list of answers out of fold'],
    ['no gains', withLists(() => ({ gains: [] })), '.gain is no stored array'],
    ['no counts of splits', withLists(() => ({ splits: [] })), '.splits is no stored array'],
  ])('is not resumed from a checkpoint with %s', async (_, change, message) => {
    const training = ensemble.train(request, { ...recorder().context, resume: change(state) as Plain });
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
