import { deflateSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { sampleBars } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import type { Artefact } from '../strategy.ts';
import { ensemble } from './index.ts';
import { readText, storeText } from './trees-text.ts';
import type { StoredText } from './trees-text.ts';

const bars = sampleBars('GOOG', 300);

describe('a stored ensemble', () => {
  let artefact: Artefact;
  beforeAll(async () => {
    const params = { forest_trees: 20 };
    ({ artefact } = await ensemble.train({ bars: [bars], params, seed: 42, threads: 1 }, recorder().context));
  });

  test('predicts one row to the bit as among others', async () => {
    const predictor = await ensemble.load(artefact);
    const all = await predictor.predict(bars, { from: 33, to: 300 });
    // What is held is part of the question.
    const held = (t: number) => ({ position: (t === 33 ? 0 : all.position[t - 34]) as -1 | 0 | 1 });
    for (let t = 33; t < 300; t += 7) {
      const { score: probability, position } = await predictor.predict(bars, { from: t, to: t + 1 }, held(t));
      expect([probability[0], position[0]]).toEqual([all.score[t - 33], all.position[t - 33]]);
    }
    expect(new Set(all.score).size).toBeGreaterThan(100);
    predictor.dispose();
  });

  test('adds up the log odds of its members', async () => {
    const { members, weights, calibration } = artefact.model_state.ensemble as unknown as Stored;
    const range = { from: 240, to: 300 };
    const scoresOf = async (change: object): Promise<Float64Array> => {
      const predictor = await ensemble.load(withEnsemble((state) => ({ ...state, ...change }))(artefact));
      const { score } = await predictor.predict(bars, range);
      predictor.dispose();
      return score;
    };
    // One member at its word is that member.
    const own = { kind: 'platt', slope: 1, intercept: 0 };
    const said = await Promise.all(
      members.map((member) => scoresOf({ members: [member], weights: [1], calibration: own })),
    );
    const all = await scoresOf({});
    all.forEach((p, i) => {
      const z = said.reduce((sum, of, k) => sum + weights[k]! * Math.log(of[i]! / (1 - of[i]!)), 0);
      const { slope, intercept } = calibration;
      expect(p).toBeCloseTo(1 / (1 + Math.exp(-(intercept + slope * z))), 10);
    });
    expect(new Set(all).size).toBeGreaterThan(40);
  });

  test('of an earlier version, texts not deflated, predicts the mean of its members', async () => {
    const { mean, calibration, weights, ...state } = artefact.model_state.ensemble as unknown as Stored;
    expect([mean, calibration.kind]).toEqual(['log_odds', 'platt']);
    const members = state.members.map((member) => {
      if (!('model_text_zlib' in member)) return member;
      const others = Object.entries(member).filter(([name]) => !name.startsWith('model_text_'));
      return { ...Object.fromEntries(others), model_text: readText(member, 'member') };
    });
    expect(weights).toHaveLength(4);
    const base = { name: 'base_rate', kind: 'constant', probability: 0.55 };
    const range = { from: 240, to: 300 };
    const scoresOf = async (own: object): Promise<Float64Array> => {
      const earlier = withState((s) => ({ ...s, ensemble: { ...state, ...own } }))(artefact);
      const predictor = await ensemble.load(earlier);
      const { score } = await predictor.predict(bars, range);
      predictor.dispose();
      return score;
    };
    const said = await Promise.all(members.map((member) => scoresOf({ members: [member], weights: [1] })));
    const five = { members: [...members, base], weights: [0.2, 0.2, 0.2, 0.2, 0.2] };
    const plain = await scoresOf({ members, weights: [0.4, 0.2, 0.2, 0.2] });
    const withBase = await scoresOf(five);
    const calibrated = await scoresOf({
      ...five,
      calibration: { kind: 'platt', slope: 0.8, intercept: 0.1 },
    });
    plain.forEach((p, i) => {
      const fifths = said.reduce((sum, of) => sum + 0.2 * of[i]!, 0);
      expect(p).toBeCloseTo(fifths + 0.2 * said[0]![i]!, 12);
      const all = fifths + 0.2 * 0.55;
      expect(withBase[i]).toBeCloseTo(all, 12);
      const logit = 0.1 + 0.8 * Math.log(all / (1 - all));
      expect(calibrated[i]).toBeCloseTo(1 / (1 + Math.exp(-logit)), 12);
    });
  });

  test.each([
    [
      'other features',
      (a: Artefact): Artefact => ({ ...a, feature_names: [...a.feature_names].reverse() }),
      'trained on 34 features over 34 bars that are not',
    ],
    [
      'features computed otherwise',
      (a: Artefact): Artefact => ({ ...a, features_hash: 'another' }),
      'computed otherwise (their sum is another',
    ],
    ['another window', (a: Artefact): Artefact => ({ ...a, window: 35 }), 'over 35 bars'],
    [
      'a scaler of other features',
      withState((s) => ({ ...s, scaler: { ...s.scaler, feature_names: ['x'] } })),
      'fitted on other features',
    ],
    [
      'no ensemble',
      withState(({ scaler }) => ({ scaler })),
      'model_state.ensemble is missing or no dictionary',
    ],
    ['weights that sum to two', withEnsemble((e) => ({ ...e, weights: [1, 1, 0, 0] })), 'summing to 1'],
    ['a negative weight', withEnsemble((e) => ({ ...e, weights: [2, -1, 0, 0] })), 'none below 0'],
    [
      'a member of unknown kind',
      withEnsemble((e) => ({ ...e, weights: [1], members: [{ name: 'x', kind: 'svm' }] })),
      'members[0] is of the unknown kind "svm"',
    ],
    [
      'a kernel of other length',
      withEnsemble((e) => ({
        ...e,
        weights: [1],
        members: [
          {
            name: 'x',
            kind: 'logistic',
            bias: 0,
            kernel: { dtype: 'float32', shape: [1, 1], data: new Uint8Array(4) },
          },
        ],
      })),
      'expected [34, 1]',
    ],
    [
      'settings of another version',
      (a: Artefact): Artefact => ({ ...a, params: { ...a.params, depth: 3 } }),
      'the params of the model are not this version\'s: ensemble has no setting "depth"',
    ],
    [
      'a calibration that turns the ranking around',
      withEnsemble((e) => ({ ...e, calibration: { kind: 'platt', slope: -1, intercept: 0 } })),
      'calibration needs a slope above 0',
    ],
    [
      'a calibration without an intercept',
      withEnsemble((e) => ({ ...e, calibration: { kind: 'platt', slope: 1, intercept: NaN } })),
      'calibration needs a slope above 0 and an intercept',
    ],
    [
      'a calibration of unknown kind',
      withEnsemble((e) => ({ ...e, calibration: { kind: 'isotonic' } })),
      'calibration is of the unknown kind "isotonic"',
    ],
    [
      'a mean that is not known',
      withEnsemble((e) => ({ ...e, mean: 'median' })),
      'model_state.ensemble.mean is "median", which this version knows nothing of',
    ],
    [
      'log odds without a calibration',
      withEnsemble((e) => ({ ...e, calibration: { kind: 'none' } })),
      'calibration is missing',
    ],
    ['no trees', withFirst(() => ({})), 'members[0] has no model_text_zlib'],
    [
      'trees that swell beyond their announced size',
      withFirst(() => bomb(1000)),
      "can't be inflated to 1000 bytes",
    ],
    [
      'trees that fall short of their announced size',
      withFirst(({ model_text_zlib, model_text_bytes }) => ({
        model_text_zlib,
        model_text_bytes: model_text_bytes + 1,
      })),
      'members[0] has a text of',
    ],
    [
      'trees that announce a gigabyte',
      withFirst(() => bomb(2 ** 30)),
      'no model_text_bytes from 1 to 67108864',
    ],
    [
      'trees that are not deflated',
      withFirst(() => ({ ...bomb(9), model_text_zlib: Buffer.from('tree\n') })),
      "can't be inflated",
    ],
    ['trees cut short', withTrees((text) => text.slice(0, -4000)), 'members[0] '],
    [
      'a tree that is no number somewhere',
      withTrees((text) => text.replace(/^threshold=\S/m, 'threshold=x')),
      'members[0] has a tree 0 whose threshold are not all numbers',
    ],
    [
      'a tree that leads back to its root',
      withTrees((text) => text.replace(/^left_child=\S+/m, 'left_child=0')),
      'members[0] has a tree 0 whose splits and leaves do not hang together',
    ],
    [
      'a probability of 2',
      withEnsemble((e) => ({
        ...e,
        weights: [1],
        members: [{ name: 'x', kind: 'constant', probability: 2 }],
      })),
      'no probability between 0 and 1',
    ],
  ])('refuses to load a model with %s', async (_, change, message) => {
    const loading = ensemble.load(change(artefact));
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toMatchObject({ code: 'INVALID_MODEL' });
  });
});

interface Stored {
  readonly mean: string;
  readonly members: readonly (StoredText | { readonly kind: string })[];
  readonly weights: readonly number[];
  readonly calibration: { readonly kind: string; readonly slope: number; readonly intercept: number };
}

type State = Readonly<Record<string, Record<string, never>>>;

function withState(change: (state: State) => object): (artefact: Artefact) => Artefact {
  // Tests damage a state whose shape they know.
  return (artefact) => ({
    ...artefact,
    model_state: change(artefact.model_state as State) as Artefact['model_state'],
  });
}

function withEnsemble(change: (ensemble: Record<string, never>) => object): (artefact: Artefact) => Artefact {
  return withState((state) => ({ ...state, ensemble: change(state.ensemble!) }));
}

/** Changes what the first member holds its trees in. */
function withFirst(change: (stored: StoredText) => object): (artefact: Artefact) => Artefact {
  return withEnsemble((e) => {
    const [first, ...others] = e.members as unknown as ({ name: string; kind: string } & StoredText)[];
    const { model_text_zlib, model_text_bytes, ...rest } = first!;
    return { ...e, members: [{ ...rest, ...change({ model_text_zlib, model_text_bytes }) }, ...others] };
  });
}

/** Changes the text of the first member's trees. */
function withTrees(change: (text: string) => string): (artefact: Artefact) => Artefact {
  return withFirst((stored) => storeText(change(readText({ ...stored }, 'member'))));
}

/** A megabyte of zeros that says it is `announced` bytes. */
function bomb(announced: number): StoredText {
  return { model_text_zlib: new Uint8Array(deflateSync(Buffer.alloc(2 ** 20))), model_text_bytes: announced };
}
