// ml strategies check through the real command: what a strategy makes of bars, what is wrong, how it does.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { StrategyCheck } from '@ml-training/strategies';
import { jsonShapes } from '../src/json-shapes.ts';
import { startLab } from './ml.ts';

const lab = await startLab();
const root = await mkdtemp(path.join(tmpdir(), 'check-'));
const STRATEGIES_DIR = path.join(root, 'strategies');
const MODEL_DIR = path.join(root, 'models');
afterAll(async () => {
  await lab.end();
  await rm(root, { recursive: true });
});
const raw = (...args: string[]) => lab.ml(args, { STRATEGIES_DIR, MODEL_DIR });
/** Without what it says of how far it is: a busy machine takes longer than two seconds. */
const ml = async (...args: string[]) => {
  const { err, ...outcome } = await raw(...args);
  return { ...outcome, err: err.replaceAll(/^.*, \d+ s\n/gm, '') };
};
const samples = path.join(import.meta.dirname, '../../../infra/sample-data');
beforeAll(async () => {
  await ml('import', path.join(samples, 'GOOG.csv'), path.join(samples, 'SP500.csv'));
});

const quick = "settings: { num_boost_round: 20, forest_trees: 4 }, learner: 'ensemble',";
const write = async (name: string, code: string): Promise<string> => {
  await mkdir(path.join(STRATEGIES_DIR, name), { recursive: true });
  await writeFile(path.join(STRATEGIES_DIR, name, 'strategy.ts'), code);
  return name;
};
const features = (lines: string): string => `features({ bars, ta, params }) {\n${lines}\n  },`;
const good = `export default {
  ${quick} scope: 'symbol', window: 21, params: { back: { default: 5, min: 1, max: 20 } },
  ${features(`console.log('called');
    return { back: ta.logReturn(bars.close, params.back), slow: ta.logReturn(bars.close, 20),
      one: bars.close.map(() => 1) };`)}
};
`;
interface Printed extends StrategyCheck {
  readonly learner: string;
  readonly console: readonly string[];
  readonly params: object;
}
const checked = async (...args: string[]): Promise<Printed> => {
  const { out, err } = await ml('strategies', 'check', ...args, '--json');
  if (out === '') throw new Error(err);
  return JSON.parse(out) as Printed;
};

test('shows features, labels, what was looked at and how a small training does; keeps nothing', async () => {
  await write('good', good);
  const { code, out, err } = await ml('strategies', 'check', 'good', 'GOOG', '--bars', '400');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^good: ensemble on features of its own\n {2}file {5}.*good\/strategy\.ts\n {2}sum/);
  expect(out).toMatch(
    /window {3}21 bars.*\n {2}label {4}direction over 1 bar \(two classes\)\n {2}params {3}back 5\n/,
  );
  expect(out).toMatch(/^GOOG: 400 bars, 2011-\d\d-\d\d.* to 2013-/m);
  expect(out).toMatch(/^back( +-?[\d.e-]+){7} +6 *$/m);
  expect(out).toMatch(/^slow( +-?[\d.e-]+){7} +21 *$/m);
  expect(out).toMatch(/^one +1 +1 +1 +1 +1 +1 +0 +1 +constant$/m);
  expect(out).toMatch(/^labels of the \d+ training rows: down \d+\.\d % \(\d+\), up \d+\.\d % \(\d+\)$/m);
  for (const check of ['features', 'window', 'labels', 'leaks', 'training'])
    expect(out).toMatch(new RegExp(`^${check} +ok `, 'm'));
  expect(out).toMatch(
    /^A small training on these bars, \d+\.\d s, kept nowhere, with the settings of a job$/m,
  );
  expect(out).toMatch(
    /^score +model +95 % interval +majority_class +last_direction +buy_and_hold +always_flat$/m,
  );
  expect(out).toMatch(/^accuracy +0\.\d+ +0\.\d+ to 0\.\d+ +0\.\d+/m);
  expect(out).toMatch(/^It wrote to its console:\n {2}called$/m);
  const [counts] = await lab.sql`SELECT (SELECT count(*)::int FROM ml_model_registry) AS models,
    (SELECT count(*)::int FROM ml_training_jobs) AS jobs`;
  expect(counts).toEqual({ models: 0, jobs: 0 });
});

test('--json has all of it, as documented; params are those of the call; a change shows at the next', async () => {
  await write('good', good);
  const first = await checked('good', 'GOOG', '--bars', '300', '--params', '{"back": 7, "horizon": 3}');
  expect(first).toMatchObject({
    learner: 'ensemble',
    window: 21,
    label: { kind: 'direction', task: 'binary', horizon: 3 },
    params: { back: 7, horizon: 3 },
    evaluation: { reduced: {}, symbols: [{ symbol: 'GOOG', metrics: { rows: expect.any(Number) } }] },
  });
  expect(Object.keys(first).sort()).toEqual(Object.keys(jsonShapes['strategies check']!).sort());
  const [back] = first.symbols[0]!.features;
  expect(back).toMatchObject({ name: 'back', first_finite: 7, not_finite: 0, constant: false });
  await write('good', good.replace('back: ta', 'other: ta'));
  const second = await checked('good', 'GOOG', '--bars', '300');
  expect(second.symbols[0]!.features[0]).toMatchObject({ name: 'other', first_finite: 5 });
});

test.each<[string, string, string, RegExp]>([
  [
    'a value that is missing',
    '    return { hole: bars.close.map((c, t) => (t === 250 ? NaN : c)) };',
    'features',
    /the feature hole is NaN at /,
  ],
  [
    'a row that looks further back than window',
    '    return { far: ta.logReturn(bars.close, 40), x: ta.change(bars.close) };',
    'features',
    /the feature far is NaN at /,
  ],
  [
    'a sum over all bars',
    '    let sum = 0;\n    return { all: bars.close.map((c) => (sum += c)) };',
    'window',
    /the feature all at .* looks further back/,
  ],
  [
    'a row that looks ahead',
    '    return { next: bars.close.map((c, t, all) => all[t + 1] ?? c) };',
    'window',
    /the feature next at .* looks ahead/,
  ],
])('%s is a verdict, with what can be seen all the same; exit code 1', async (_, lines, check, words) => {
  await write(
    'wrong',
    `export default {\n  ${quick} scope: 'symbol', window: 21,\n  ${features(lines)}\n};\n`,
  );
  const { code, out } = await ml('strategies', 'check', 'wrong', 'GOOG', '--bars', '300', '--json');
  const { verdicts, symbols, evaluation } = JSON.parse(out) as Printed;
  expect([code, evaluation]).toEqual([1, null]);
  const failed = verdicts.findIndex(({ ok }) => ok === false);
  expect(verdicts[failed]).toMatchObject({
    check,
    detail: expect.stringMatching(new RegExp(`strategies/wrong/strategy\\.ts.*${words.source}`)),
  });
  expect(verdicts.slice(0, failed).every(({ ok }) => ok)).toBe(true);
  expect(verdicts.slice(failed + 1).every(({ ok }) => ok === null)).toBe(true);
  expect(symbols[0]!.features.length).toBeGreaterThan(0);
  if (check === 'features') expect(symbols[0]!.features[0]!.not_finite).toBeGreaterThan(0);
});

test.each<[string, string, RegExp]>([
  ['no TypeScript', 'export default {\n  learner: \n};\n', /^strategies\/odd\/strategy\.ts:3: /],
  [
    'what it lacks',
    `export default {\n  ${quick} window: 3, };\n`,
    /^strategies\/odd\/strategy\.ts: features is missing/,
  ],
  [
    'reads the environment',
    `const key = 1;\nprocess.env.KEY;\nexport default { ${quick} };\n`,
    /^strategies\/odd\/strategy\.ts:2:/,
  ],
])('%s: by its file and line, exit code 1', async (_, code, words) => {
  await write('odd', code);
  expect(await ml('strategies', 'check', 'odd', 'GOOG')).toEqual({
    code: 1,
    out: '',
    err: expect.stringMatching(words),
  });
});

test('a built-in, and one over all symbols on several; quick means smaller where a training would take long', async () => {
  expect(await checked('rl', 'GOOG', '--bars', '300', '--params', '{"n_envs": 4}')).toMatchObject({
    learner: 'rl',
    label: { task: 'policy' },
    evaluation: { reduced: { total_timesteps: [100_000, 20_000], seeds: [3, 1] } },
    verdicts: expect.not.arrayContaining([expect.objectContaining({ ok: false })]),
  });
  await write('pooled', good.replace("scope: 'symbol'", "scope: 'all'"));
  const both = await checked('pooled', 'GOOG', 'SP500', '--bars', '300');
  expect(both.evaluation?.symbols.map(({ symbol }) => symbol)).toEqual(['GOOG', 'SP500']);
  expect(await ml('strategies', 'check', 'good', 'GOOG', 'SP500')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^good is one model a symbol: name one symbol, not 2/),
  });
});

test.each<[string[], RegExp]>([
  [['good'], /^on bars of which symbol\? "ml strategies check good SYMBOL"/],
  [[], /^which one, and on bars of which symbol\?/],
  [['good', 'NOPE'], /^NOPE has no bars in market_data \(there are bars of GOOG, SP500\)/],
  [['good', 'GOOG', '--params', '[1]'], /must be a JSON object/],
  [['nobody', 'GOOG'], /^there is no strategy nobody: .* has .*good/],
])('%j is answered with what is missing', async (args, words) => {
  expect(await ml('strategies', 'check', ...args)).toMatchObject({
    code: 1,
    err: expect.stringMatching(words),
  });
});

test('one that looks at another symbol, and at coarser bars, is given them', async () => {
  await write(
    'besides',
    `export default {
  ${quick} scope: 'symbol', window: 21, inputs: [{ symbol: 'SP500' }, { resample: '1w' }],
  features: ({ bars, inputs: [index, weeks], ta }) => ({ own: ta.logReturn(bars.close, 20),
    index: ta.logReturn(index.close, 5), week: weeks.close.map((close, t) => close / bars.close[t]) }),
};
`,
  );
  const found = await checked('besides', 'GOOG', '--bars', '400');
  expect(found).toMatchObject({ needs: { symbols: ['SP500'], columns: [] } });
  expect(found.verdicts.map(({ ok, detail }) => ok || detail)).toEqual([true, true, true, true, true]);
  expect((await ml('strategies', 'check', 'besides', 'GOOG', '--bars', '400')).out).toMatch(
    /^ {2}besides {2}SP500$/m,
  );
});

test('whoever waits for longer than two seconds sees for what', async () => {
  // At each loading, of which there are several.
  await write('slow', `const end = Date.now() + 1200;\nwhile (Date.now() < end);\n${good}`);
  const { code, err } = await raw('strategies', 'check', 'slow', 'GOOG', '--bars', '120');
  expect(err).toMatch(/^loading slow, \d+ s$/m);
  expect(code).toBe(0);
});

test('warns of a move that no market makes and of a feature that tells too much, and passes', async () => {
  await write('good', good);
  await lab.sql`
    INSERT INTO market_data (time, symbol, open, high, low, close, volume)
    SELECT time, 'ODD', price, price, price, price, volume FROM (
      SELECT time, volume, avg(close) OVER (ORDER BY time ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING)
        / CASE WHEN row_number() OVER (ORDER BY time DESC) <= 30 THEN 2 ELSE 1 END AS price
      FROM market_data WHERE symbol = 'GOOG') smoothed`;
  const { code, out } = await ml('strategies', 'check', 'good', 'ODD', '--bars', '400');
  expect(code).toBe(0);
  expect(out).toMatch(/^leaks +ok .*; warns: see below; shuffled labels teach nothing$/m);
  expect(out).toMatch(
    /^Warning: ODD: no market makes such a move .* −\d\d\.\d % at 2013-\d\d-\d\d 00:00 UTC\./m,
  );
  expect(out).toMatch(
    /^Warning: ODD: the feature \w+ alone tells rises from falls in training with an AUC of 0\./m,
  );
  const { warnings, leaks } = await checked('good', 'ODD', '--bars', '400');
  expect(warnings).toHaveLength(2);
  expect(leaks!.warnings).toEqual(warnings.slice(1));
});
