import { expect, test } from '@jest/globals';
import type { Artefact, Predictor, Strategy } from '@ml-training/strategies';
import { keepLoaded } from './keep-loaded.ts';

/** A strategy whose models say by a number which load they come of. */
function counting() {
  const told: string[] = [];
  let loads = 0;
  const load = (artefact: Artefact): Promise<Predictor> => {
    const nr = (loads += 1);
    told.push(`load ${Object.keys(artefact.model_state)[0]!}`);
    const says = { score: Float64Array.of(nr), position: Int8Array.of(0) };
    return Promise.resolve({
      label: {} as Predictor['label'],
      predict: () => Promise.resolve(says),
      explain: () => Promise.reject(new Error('nobody asks why')),
      dispose: () => told.push(`free ${Object.keys(artefact.model_state)[0]!}`),
    });
  };
  return { told, strategy: { load } as unknown as Strategy };
}
const learnt = (name: string): Artefact['model_state'] => ({ [name]: 1 });
const artefact = (model_state: Artefact['model_state'], sum?: string): Artefact =>
  ({ model_state, ...(sum === undefined ? {} : { strategy_sum: sum }) }) as Artefact;

test('what symbols share is loaded once, and freed in the end, not by who has looked at it', async () => {
  const { told, strategy } = counting();
  const kept = keepLoaded(strategy);
  const [a, b] = [learnt('a'), learnt('b')];
  for (const state of [a, b, a, a, b]) (await kept.strategy.load(artefact(state))).dispose();
  expect(told).toEqual(['load a', 'load b']);
  kept.dispose();
  expect(told).toEqual(['load a', 'load b', 'free a', 'free b']);
});

test('of models that nobody shares no more than four are kept', async () => {
  const { told, strategy } = counting();
  const kept = keepLoaded(strategy);
  const first = learnt('first');
  for (const state of [first, ...['b', 'c', 'd'].map(learnt), first, learnt('e'), first])
    (await kept.strategy.load(artefact(state))).dispose();
  expect(told).toEqual(['load first', 'load b', 'load c', 'load d', 'load e', 'free b']);
  kept.dispose();
  expect(told.filter((word) => word.startsWith('free'))).toHaveLength(5);
});

test("code of a user's own is loaded for each symbol, and freed by who asked", async () => {
  const { told, strategy } = counting();
  const kept = keepLoaded(strategy);
  const state = learnt('own');
  for (let i = 0; i < 2; i++) (await kept.strategy.load(artefact(state, 'a sum'))).dispose();
  expect(told).toEqual(['load own', 'free own', 'load own', 'free own']);
});
