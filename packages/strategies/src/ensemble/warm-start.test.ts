import { loadLightGbm } from '@ml-training/native';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { perturbFrom, scaleFrom, walk } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { digest } from '../../test/digest.ts';
import { sliceBars } from '../features/index.ts';
import type { Artefact, Bars, Plain, Report } from '../strategy.ts';
import { ensemble } from './index.ts';
import { readText } from './trees-text.ts';

/** Bars whose next move leans the way of the last one. */
function leaning(symbol: string, seed: number, startMs?: number): Bars {
  let last = 0;
  const close = (_: number, before: number, noise: number): number => {
    last = 0.7 * last + 0.01 * noise;
    return before * Math.exp(last);
  };
  return walk({ rows: 720, seed, symbol, close, ...(startMs === undefined ? {} : { startMs }) });
}

const all = [leaning('ONE', 1), leaning('TWO', 2)];
const between = (from: number, to: number): Bars[] => all.map((bars) => sliceBars(bars, { from, to }));
const params = { forest_trees: 10, learning_rate: 0.1 };
const request = { bars: between(120, 720), params, seed: 1, threads: 1 };
const train = (champion: Artefact | undefined, change: object = {}) =>
  ensemble.train({ ...request, ...(champion && { champion }), ...change }, recorder().context);

/** The boosted trees of a model. */
function boosting({ model_state }: Artefact): string {
  const { members } = model_state.ensemble as {
    readonly members: readonly { readonly [name: string]: Plain }[];
  };
  return readText(members[0]!, 'boosting');
}
const trees = (artefact: Artefact): number => boosting(artefact).match(/^Tree=/gm)!.length;

describe('boosting that is warm-started from a champion', () => {
  let champion: Artefact;
  let artefact: Artefact;
  let report: Report;
  beforeAll(async () => {
    const few = { ...params, num_boost_round: 8 };
    ({ artefact: champion } = await train(undefined, { bars: between(0, 600), params: few }));
    ({ artefact, report } = await train(champion));
  });

  test('keeps its trees first, adds some, and says so', () => {
    const added = trees(artefact) - trees(champion);
    expect(trees(champion)).toBe(8);
    expect(added).toBeGreaterThan(0);
    expect(report.lineage).toEqual({
      continued: true,
      reason:
        `warm start: boosting has the 8 trees of the model in use and ${added} more; ` +
        'the other members are fitted from scratch',
    });
    expect((report.details.rounds as Record<string, number>).boosting).toBe(trees(artefact));
    const lightGbm = loadLightGbm();
    using before = lightGbm.loadModelFromString(boosting(champion));
    using after = lightGbm.loadModelFromString(boosting(artefact));
    const cols = artefact.feature_names.length;
    const matrix = { data: Float64Array.from({ length: 10 * cols }, (_, i) => Math.sin(i)), rows: 10, cols };
    expect(after.predict(matrix, { numIteration: 8 })).toEqual(before.predict(matrix));
    expect(after.predict(matrix)).not.toEqual(before.predict(matrix));
  });

  test('keeps the round with the lowest validation loss, the champion alone being round 0', async () => {
    const kept = new Set<string>();
    for (let seed = 1; seed <= 10; seed++) {
      const run = recorder();
      const wild = { ...params, learning_rate: 0.5, early_stopping_rounds: 5 };
      const again = await ensemble.train({ ...request, params: wild, seed, champion: artefact }, run.context);
      const curve = run.epochs.flatMap(({ values }) => values.boosting_validation_log_loss ?? []);
      const best = curve.indexOf(Math.min(...curve));
      expect(trees(again.artefact)).toBe(trees(artefact) + best);
      const { boosting: loss } = again.report.details.validation_log_loss as { boosting: number };
      expect(loss).toBeCloseTo(curve[best]!, 9);
      const more = best === 0 ? 'none more, since none lowered the validation loss' : `${best} more`;
      expect(again.report.lineage.reason).toContain(
        `the ${trees(artefact)} trees of the model in use and ${more}`,
      );
      kept.add(best === 0 ? 'none' : 'some');
    }
    expect(kept).toEqual(new Set(['none', 'some']));
  });

  test("stands on the champion's scaler and dates what both have seen", async () => {
    expect(digest(artefact.model_state.scaler!)).toBe(digest(champion.model_state.scaler!));
    const anew = await train(undefined);
    expect(digest(anew.artefact.model_state.scaler!)).not.toBe(digest(champion.model_state.scaler!));
    for (const { symbol, part, start, end } of [...champion.fitted_spans, ...anew.artefact.fitted_spans])
      expect(
        artefact.fitted_spans.some(
          (span) => span.symbol === symbol && span.part === part && span.start <= start && span.end >= end,
        ),
      ).toBe(true);
    expect(report.symbols[0]!.dataFrom).toBeLessThan(anew.report.symbols[0]!.dataFrom);
    expect(report.symbols[0]!.dataTo).toBe(anew.report.symbols[0]!.dataTo);
  });

  test('is the same to the last byte whatever happens after the bars that either has seen', async () => {
    const later = request.bars.map((bars, s) =>
      perturbFrom(bars, bars.time.indexOf(report.symbols[s]!.dataTo) + 1),
    );
    const again = await train(champion, { bars: later });
    expect(digest(again.artefact.model_state)).toBe(digest(artefact.model_state));
    const turned = [2, 0.5].map(async (factor) => {
      const from = (s: number): number => request.bars[s]!.time.indexOf(report.symbols[s]!.dataTo);
      const other = await train(champion, {
        bars: request.bars.map((b, s) => scaleFrom(b, from(s), factor)),
      });
      return digest(other.artefact.model_state) !== digest(artefact.model_state);
    });
    expect(await Promise.all(turned)).toContain(true);
  });

  test('adds no more than it is allowed to, and stops growing at its limit', async () => {
    const unstopped = { ...params, early_stopping_rounds: 0 };
    const two = await train(champion, { params: { ...unstopped, warm_start_rounds: 2 } });
    expect(trees(two.artefact)).toBe(10);
    const one = await train(champion, { params: { ...unstopped, max_boosted_trees: 9 } });
    expect(trees(one.artefact)).toBe(9);
    const none = await train(champion, { params: { ...unstopped, max_boosted_trees: 8 } });
    expect(none.report.lineage).toEqual({
      continued: false,
      reason: 'the model in use has 8 boosted trees, and max_boosted_trees is 8',
    });
  });

  test('starts from a champion that itself was warm-started', async () => {
    const third = await train(artefact, { bars: between(120, 720) });
    expect(third.report.lineage.continued).toBe(true);
    expect(third.artefact.fitted_spans[0]!.start).toBe(champion.fitted_spans[0]!.start);
  });

  test.each([
    ['no champion', () => undefined, {}, 'there is no model in use'],
    ['other features', (a: Artefact) => ({ ...a, feature_names: ['x'] }), {}, 'trained on other features'],
    [
      'another horizon',
      (a: Artefact) => a,
      { params: { ...params, horizon: 2 } },
      'expects the close 1 bars on',
    ],
    [
      'a champion that saw the rows it would be judged on',
      (a: Artefact) => ({ ...a, fitted_spans: [...a.fitted_spans, spanAt('ONE', 700)] }),
      {},
      'has seen bars of ONE that the new one is to be judged on',
    ],
    [
      'a champion that learnt from another symbol while the holdout was under way',
      (a: Artefact) => ({ ...a, fitted_spans: [...a.fitted_spans, spanAt('THIRD', 700)] }),
      {},
      'has seen bars of ONE that the new one is to be judged on',
    ],
    [
      'a champion that learnt from another symbol besides, long before',
      (a: Artefact) => ({ ...a, fitted_spans: [...a.fitted_spans, spanAt('THIRD', 40)] }),
      {},
      'learnt from ONE, THIRD, TWO, the new one learns from ONE, TWO',
    ],
    [
      'fewer symbols than the champion learnt from',
      (a: Artefact) => a,
      { bars: between(120, 720).slice(1) },
      'learnt from ONE, TWO, the new one learns from TWO',
    ],
    [
      'other class weights',
      (a: Artefact) => a,
      { params: { ...params, class_weight: 'balanced' } },
      'fitted with class_weight none, the new one is with balanced',
    ],
    ['settings of another version', (a: Artefact) => ({ ...a, params: { depth: 3 } }), {}, "can't be read"],
    ['a damaged scaler', withState(() => ({ scaler: {} })), {}, "can't be read: model_state.scaler"],
    ['no members', withState(() => ({ ensemble: {} })), {}, 'has no member boosting'],
    [
      'damaged trees',
      withMembers(([first]) => [{ ...first, model_text_zlib: new Uint8Array(9) }]),
      {},
      "can't be inflated",
    ],
    [
      'a forest where boosted trees belong',
      withMembers(([, second]) => [{ ...second, name: 'boosting' }]),
      {},
      'not boosted toward log odds',
    ],
  ])(
    'is not tried with %s: all is fitted from scratch, and the report says why',
    async (_, change, other, why) => {
      const given = change(champion);
      const { report: told, artefact: anew } = await train(given, other);
      expect(told.lineage.continued).toBe(false);
      expect(told.lineage.reason).toContain(why);
      const plain = await train(undefined, other);
      expect(digest(anew.model_state)).toBe(digest(plain.artefact.model_state));
      expect(anew.fitted_spans).toEqual(plain.artefact.fitted_spans);
    },
  );
});

const spanAt = (symbol: string, t: number): Artefact['fitted_spans'][number] => ({
  symbol,
  part: 'train',
  start: all[0]!.time[t]!,
  end: all[0]!.time[t + 1]!,
});

type Change = (artefact: Artefact) => Artefact;

function withState(change: () => object): Change {
  return (artefact) => ({
    ...artefact,
    // Tests damage a state whose shape they know.
    model_state: { ...artefact.model_state, ...change() },
  });
}

type Members = readonly { readonly [name: string]: Plain }[];

function withMembers(change: (members: Members) => Members): Change {
  return (artefact) => {
    const state = artefact.model_state.ensemble as { readonly members: Members };
    const ensembleState = { ...state, members: change(state.members) };
    return { ...artefact, model_state: { ...artefact.model_state, ensemble: ensembleState } };
  };
}
