import { describe, expect, test } from '@jest/globals';
import { sampleBars } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { digest } from '../../test/digest.ts';
import type { Artefact, Plain, TrainContext } from '../strategy.ts';
import { rl } from './index.ts';

/** Three agents of four updates each. */
const params = {
  total_timesteps: 1_000,
  n_envs: 5,
  n_steps: 50,
  evaluations: 3,
  hidden_units: 10,
  learning_rate: 0.003,
  seeds: 3,
};
const updates = 12;
const bars = sampleBars('GOOG', 300);
const stopped = new Error('handed back');

const trainWith = (context: TrainContext, champion?: Artefact) =>
  rl.train(
    { bars: [bars], params, seed: 6, threads: 1, ...(champion === undefined ? {} : { champion }) },
    context,
  );

/** Trains until `update` is done, keeping the state there as a supervisor would that must stop. */
async function stateAfter(update: number, champion?: Artefact, resume: Plain = null): Promise<Plain> {
  let state: Plain = null;
  let seen = 0;
  const training = trainWith(
    {
      ...recorder().context,
      resume,
      checkpoint: async (take) => {
        if (++seen < update) return;
        state = structuredClone(take());
        throw stopped;
      },
    },
    champion,
  );
  await expect(training).rejects.toBe(stopped);
  return state;
}

const summary = ({ artefact, report }: Awaited<ReturnType<typeof trainWith>>) => ({
  model: digest(artefact.model_state),
  spans: artefact.fitted_spans,
  report,
});

describe('a training that was interrupted', () => {
  const whole = trainWith(recorder().context);

  test.each(Array.from({ length: updates }, (_, i) => i + 1))(
    'after update %i of 12 ends with the same model and report, to the bit',
    async (update) => {
      const resume = await stateAfter(update);
      const run = recorder();
      const resumed = await trainWith({ ...run.context, resume });
      expect(summary(resumed)).toEqual(summary(await whole));
      expect(run.epochs).toHaveLength(updates - update);
    },
  );

  test('twice does so too', async () => {
    const first = await stateAfter(3);
    const second = await stateAfter(4, undefined, first);
    const run = recorder();
    const resumed = await trainWith({ ...run.context, resume: second });
    expect(summary(resumed)).toEqual(summary(await whole));
    expect(run.epochs).toHaveLength(updates - 7);
  });

  test('with a warm start does so too', async () => {
    const { artefact } = await rl.train(
      { bars: [sampleBars('GOOG', 420)].map(older), params, seed: 9, threads: 1 },
      recorder().context,
    );
    const uninterrupted = await trainWith(recorder().context, artefact);
    expect(uninterrupted.report.lineage.continued).toBe(true);
    const resume = await stateAfter(6, artefact);
    const resumed = await trainWith({ ...recorder().context, resume }, artefact);
    expect(summary(resumed)).toEqual(summary(uninterrupted));
  });
});

/** The older part, all of which lies before the validation rows of the newest 300 bars. */
const older = (given: ReturnType<typeof sampleBars>) => {
  const to = 300;
  const cut = (column: Float64Array): Float64Array => column.slice(0, to);
  return {
    symbol: given.symbol,
    time: cut(given.time),
    open: cut(given.open),
    high: cut(given.high),
    low: cut(given.low),
    close: cut(given.close),
    volume: cut(given.volume),
  };
};

describe('a damaged checkpoint', () => {
  type Fields = Record<string, Plain>;
  const part = (fields: Plain, ...names: string[]): Fields =>
    names.reduce((inner, name) => (inner as Fields)[name]!, fields) as Fields;
  const state = stateAfter(6);

  test.each<[string, (state: Fields) => void, string]>([
    ['that is of another kind', (s) => (s.kind = 'lstm'), 'not of kind'],
    ['without an agent', (s) => delete s.agent, 'lacks the agent under way'],
    ['with an agent that is a number', (s) => (s.agent = 3), 'checkpoint.agent is missing or no dictionary'],
    ['with more seeds than there are', (s) => (s.finished = [0, 0, 0]), 'more finished ones than 2'],
    [
      'with a finished agent gone',
      (s) => (s.finished = [7]),
      'checkpoint.finished[0] is missing or no dictionary',
    ],
    [
      'of an update that never comes',
      (s) => (part(s, 'agent').update = 5),
      'agent.update is 5, expected a whole number from 0 to 4',
    ],
    [
      'of half an update',
      (s) => (part(s, 'agent').update = 1.5),
      'agent.update is 1.5, expected a whole number',
    ],
    [
      'without moments',
      (s) => (part(s, 'agent').moments = null),
      'agent.moments is missing or no dictionary',
    ],
    ['without a stream', (s) => delete part(s, 'agent', 'streams').actions, 'no state of a random stream'],
    [
      'with a best result that is NaN',
      (s) => (part(s, 'agent', 'best').validation = Number.NaN),
      'best.validation is neither',
    ],
    [
      'cut short',
      (s) => {
        const parameters = part(s, 'agent', 'parameters');
        delete parameters.compression;
        parameters.data = (parameters.data as Uint8Array).subarray(0, 64);
      },
      'checkpoint.agent.parameters',
    ],
  ])('%s is refused', async (_, damage, message) => {
    const resume = structuredClone(await state) as Fields;
    damage(resume);
    const training = trainWith({ ...recorder().context, resume });
    await expect(training).rejects.toMatchObject({ code: 'INVALID_MODEL' });
    await expect(training).rejects.toThrow(message);
  });

  test('of larger networks is refused', async () => {
    const resume = await state;
    const training = rl.train(
      { bars: [bars], params: { ...params, hidden_units: 20 }, seed: 6, threads: 1 },
      { ...recorder().context, resume },
    );
    await expect(training).rejects.toMatchObject({ code: 'INVALID_MODEL' });
  });
});
