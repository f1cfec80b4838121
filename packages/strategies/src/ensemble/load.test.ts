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
    for (let t = 33; t < 300; t += 7) {
      const { score: probability, position } = await predictor.predict(bars, { from: t, to: t + 1 });
      expect([probability[0], position[0]]).toEqual([all.score[t - 33], all.position[t - 33]]);
    }
    expect(new Set(all.score).size).toBeGreaterThan(100);
    predictor.dispose();
  });

  test('of an earlier version, texts not deflated, no calibration, predicts its plain mean', async () => {
    const { calibration, ...state } = artefact.model_state.ensemble as unknown as Earlier;
    const members = state.members.map((member) => {
      if (!('model_text_zlib' in member)) return member;
      const others = Object.entries(member).filter(([name]) => !name.startsWith('model_text_'));
      return { ...Object.fromEntries(others), model_text: readText(member, 'member') };
    });
    const earlier = withState((s) => ({ ...s, ensemble: { ...state, members } }))(artefact);
    const [old, now] = [await ensemble.load(earlier), await ensemble.load(artefact)];
    const range = { from: 240, to: 300 };
    const plain = (await old.predict(bars, range)).score;
    const calibrated = (await now.predict(bars, range)).score;
    const { slope, intercept } = calibration;
    plain.forEach((p, i) => {
      const logit = intercept + slope * Math.log(p / (1 - p));
      expect(calibrated[i]).toBeCloseTo(1 / (1 + Math.exp(-logit)), 12);
    });
    expect(calibrated).not.toEqual(plain);
    old.dispose();
    now.dispose();
  });

  test.each([
    [
      'other features',
      (a: Artefact): Artefact => ({ ...a, feature_names: [...a.feature_names].reverse() }),
      'trained on 25 features over 34 bars that are not',
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
    ['weights that sum to two', withEnsemble((e) => ({ ...e, weights: [1, 1, 0, 0, 0] })), 'summing to 1'],
    ['a negative weight', withEnsemble((e) => ({ ...e, weights: [2, -1, 0, 0, 0] })), 'none below 0'],
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
      'expected [25, 1]',
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

interface Earlier {
  readonly members: readonly (StoredText | { readonly kind: string })[];
  readonly calibration: { readonly slope: number; readonly intercept: number };
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
