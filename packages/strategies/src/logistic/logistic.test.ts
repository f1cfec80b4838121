import { beforeAll, describe, expect, test } from '@jest/globals';
import { recorder } from '../../test/context.ts';
import { digest } from '../../test/digest.ts';
import { fitPlanted, learnerOf, planted } from '../../test/planted.ts';
import type { Plain } from '../strategy.ts';

const definition = learnerOf('logistic', 'multiclass');
const data = planted('multiclass');
type Path = { readonly [key: string]: Plain };

/** What is kept at the first pause after which `round` penalties are done. */
async function keptAfter(round: number): Promise<Path> {
  const stop = new Error('stopped by a test');
  let kept: Plain = null;
  const context = {
    ...recorder().context,
    checkpoint: (given: () => Plain) => {
      kept = structuredClone(given());
      return kept !== null && (kept as Path).round === round ? Promise.reject(stop) : Promise.resolve();
    },
  };
  await expect(fitPlanted(definition, data, { context })).rejects.toBe(stop);
  return kept as unknown as Path;
}

describe('a logistic regression whose training was interrupted', () => {
  let kept: Path;
  beforeAll(async () => {
    kept = await keptAfter(4);
  });
  const resume = (state: Plain, context = recorder().context) =>
    fitPlanted(definition, data, { context, start: { from: 'checkpoint', state, champion: null } });

  test('tries the penalties that are left, and comes to the same model', async () => {
    const { context, epochs } = recorder();
    const resumed = await resume(kept, context);
    expect(epochs.map(({ step }) => step)).toEqual([5, 6, 7]);
    expect(digest(resumed.state)).toBe(digest((await fitPlanted(definition, data)).state));
  });

  test.each<[string, (path: Path) => Plain, string]>([
    ['no dictionary', () => 5, 'checkpoint is missing or no dictionary'],
    ['more penalties than there are', (path) => ({ ...path, round: 8 }), 'checkpoint.round is 8'],
    ['a best one that is still to come', (p) => ({ ...p, best: { ...(p.best as Path), round: 5 } }), 'is 5'],
    ['no loss', (p) => ({ ...p, best: { ...(p.best as Path), loss: null } }), 'best.loss is no number'],
    [
      'the point of another model',
      (path) => ({ ...path, point: { ...(path.point as Path), shape: [3] } }),
      'has shape [3], expected [18]',
    ],
  ])('is not resumed from %s', async (_, change, message) => {
    await expect(resume(change(kept))).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      message: expect.stringContaining(message),
    });
  });
});

test('keeps the penalty that does best on the validation rows', async () => {
  const { context, epochs } = recorder();
  const { state, details } = await fitPlanted(definition, data, { context });
  const losses = epochs.map(({ values }) => values.logistic_validation_log_loss!);
  expect(losses).toHaveLength(7);
  const best = losses.indexOf(Math.min(...losses));
  expect(details.rounds).toBe(best + 1);
  expect((state.model as Path).l2).toBeCloseTo(0.01 * Math.sqrt(10) ** (6 - best), 12);
  const alone = await fitPlanted(definition, data, {
    params: { logistic_penalties: 1, logistic_l2: (state.model as Path).l2! },
  });
  expect((alone.state.model as Path).l2).toBe((state.model as Path).l2);
});
