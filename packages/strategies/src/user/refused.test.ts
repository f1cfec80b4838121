// What goes wrong in a user's strategy: each with a real file, and each said with that file's line and what
// to do.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { sampleBars, walk } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { strategiesFolder } from '../../test/user-strategy.ts';
import { checkForLeaks, describeStrategy, listUserStrategies, loadStrategy } from '../index.ts';
import type { Limits } from './session.ts';

const { dir, add, write } = strategiesFolder();
const bars = walk({ rows: 300, seed: 2 });

/** A strategy whose features are these lines: the first is line 5 of the file. */
const withFeatures = (lines: string, rest = ''): string =>
  `export default {
  learner: 'ensemble', scope: 'symbol', window: 10, settings: { num_boost_round: 5, forest_trees: 2 },
  ${rest}
  features({ bars, ta, params }) {
${lines}
  },
};
`;
const ownLearner = (
  fit: string,
  load = 'return { predict: (rows) => new Array(rows.rows).fill(0.5) };',
): string =>
  `export default {
  learner: {
    fit(rows, context) {
${fit}
    },
    load(state) {
${load}
    },
  },
  window: 2,
  features: ({ bars, ta }) => ({ change: ta.change(bars.close) }),
};
`;

async function train(name: string, limits: Partial<Limits> = {}, params = {}): Promise<unknown> {
  const strategy = await loadStrategy(name, { strategiesDir: dir, limits });
  return await strategy.train({ bars: [bars], params, seed: 1, threads: 1 }, recorder().context);
}

/** How its training fails; `#` stands for its name. */
async function failure(source: string | Readonly<Record<string, string>>, limits: Partial<Limits> = {}) {
  const name = add(source);
  const error: unknown = await train(name, limits).then(
    () => new Error('it was trained'),
    (reason: unknown) => reason,
  );
  const { code, message } = error as { code?: string; message: string };
  return { code, message: message.replaceAll(name, '#') };
}
const invalid = (message: string | RegExp) => ({
  code: 'INVALID_STRATEGY',
  message: typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
});

describe('a file that can not be loaded', () => {
  test.each([
    [
      'a syntax error',
      'const x: number = 5;\nexport default { learner: \n ) }',
      'strategies/#/strategy.ts:3: SyntaxError: Expression expected',
    ],
    [
      'what TypeScript adds to the language',
      'enum A { x }',
      'strategies/#/strategy.ts:1: SyntaxError: TypeScript enum is not supported',
    ],
    [
      'a throw at top level',
      'const x = 1;\nthrow new RangeError(`x is ${x}`);',
      'strategies/#/strategy.ts:2:7: RangeError: x is 1',
    ],
    ['a throw of no Error', "throw 'it';", 'threw it'],
    ['no default export', 'export const strategy = {};', 'has no default export'],
    [
      'a default export of another kind',
      'export default () => 5;',
      'the default export is a function: give an object',
    ],
    [
      'an unknown part',
      withFeatures('return {};', "indicators: ['rsi'],"),
      "has indicators, which this version doesn't know; it may have learner, ",
    ],
    [
      'no features',
      "export default { learner: 'lstm', window: 5 };",
      'features is missing: make it a function',
    ],
    [
      'an unknown learner',
      "export default { learner: 'xgboost', window: 5, features() {} };",
      'learner is "xgboost": take ensemble, lstm, rl, lightgbm, logistic or { fit, load }',
    ],
    [
      'a window of no bars',
      "export default { learner: 'lstm', window: 0, features() {} };",
      'window is 0: give a whole number from 1 to',
    ],
    [
      'a setting that the learner does not have',
      withFeatures('', '').replace('forest_trees: 2', 'trees: 2'),
      'settings: ensemble has no setting "trees"; it has ',
    ],
    [
      'a setting out of its range',
      withFeatures('').replace('forest_trees: 2', 'forest_trees: 0'),
      'settings: ensemble setting forest_trees is 0; allowed is a whole number from 1 to',
    ],
    [
      'a param without max',
      withFeatures('', 'params: { n: { default: 5, min: 1 } },'),
      'params.n must have three numbers: { default, min, max }',
    ],
    [
      'a param with a setting’s name',
      withFeatures('', 'params: { horizon: { default: 5, min: 1, max: 9 } },'),
      'params.horizon has the name of a setting of ensemble',
    ],
    [
      'a range to search that is wider than what is allowed',
      withFeatures('', 'params: { n: { default: 5, min: 1, max: 9, tune: { low: 1, high: 10 } } },'),
      'params.n.tune must be { low, high }, whole numbers from 1 to 9 with low below high, or { choices: [1, 2, 5] }',
    ],
    [
      'a range to search by factors from 0 on',
      withFeatures(
        '',
        'params: { n: { default: 0.5, min: 0, max: 1, tune: { low: 0, high: 1, log: true } } },',
      ),
      'params.n.tune.low is 0: with log it must be above 0',
    ],
    [
      'values to search of which one can’t be set',
      withFeatures('', 'params: { n: { default: 5, min: 1, max: 9, tune: { choices: [2, 2.5] } } },'),
      'params.n.tune.choices has 2.5: give whole numbers from 1 to 9',
    ],
    [
      'an impossible scope',
      "export default { learner: 'lstm', scope: 'all', window: 5, features() {} };",
      'scope is all, but lstm learns from one symbol at a time',
    ],
    [
      'another kind of label',
      withFeatures('', "label: { kind: 'level' },"),
      'label.kind is "level": take one of direction, triple_barrier, regression, classes',
    ],
    [
      'an import of a package',
      "\nimport x from 'lodash';",
      'strategies/#/strategy.ts:2: imports lodash: a strategy may not',
    ],
    [
      'an import of values of the sdk',
      "import { UserStrategy } from '@ml-training/sdk';",
      'write "import type { … } from \'@ml-training/sdk\'"',
    ],
    [
      'an import of what is not there',
      "import x from './gone.ts';",
      'imports ./gone.ts, which is no file of its folder: a strategy may import what lies there ' +
        '(strategy.ts)',
    ],
    [
      'an import from outside its folder',
      "import x from '../other/strategy.ts';",
      'imports ../other/strategy.ts, which is no file of its folder',
    ],
  ])('%s', async (_, source, message) => {
    expect(await failure(source)).toEqual(invalid(message));
  });

  test('a throw in a file that it imports is said with that file', async () => {
    const files = {
      'strategy.ts': "import './more/own.ts';",
      'more/own.ts': '\n\nthrow new Error("there");',
    };
    expect(await failure(files)).toEqual(invalid('strategies/#/more/own.ts:3:7: there'));
  });

  test('no folder, no strategy.ts, names that can be none', async () => {
    write('empty', { 'notes.txt': '' });
    await expect(describeStrategy(dir, 'nobody')).rejects.toEqual(
      expect.objectContaining(invalid(/^there is no strategy nobody: .*strategies has .*empty/)),
    );
    await expect(describeStrategy(dir, 'empty')).rejects.toThrow('strategies/empty/ has no strategy.ts');
    for (const [name, words] of [
      ['ensemble', 'is a built-in strategy'],
      ['Mine', "can't be the name of a strategy"],
      ['../mine', "can't be the name of a strategy"],
      ['x'.repeat(33), '1 to 32'],
      ['aux', 'Windows'],
    ] as const) {
      await expect(describeStrategy(dir, name)).rejects.toThrow(words);
    }
    write('lstm', withFeatures('return { x: bars.close };'));
    write('Upper', withFeatures('return { x: bars.close };'));
    const found = await listUserStrategies(dir);
    expect(Object.fromEntries(found.map(({ name, problem }) => [name, problem]))).toMatchObject({
      empty: 'strategies/empty/ has no strategy.ts',
      lstm: 'lstm is a built-in strategy: give the folder another name',
      Upper: expect.stringContaining("can't be the name"),
    });
    // The folder shadows nothing.
    expect((await loadStrategy('lstm', { strategiesDir: dir })).scope).toBe('symbol');
    expect(await listUserStrategies(`${dir}/nowhere`)).toEqual([]);
    await expect(loadStrategy('nobody')).rejects.toMatchObject({ code: 'INVALID_STRATEGY' });
  });
});

describe('features that can be none', () => {
  test.each([
    [
      'a throw',
      'const x = bars.nothing;\n    return { a: x.length };',
      /strategies\/#\/strategy.ts:6:19: TypeError: Cannot read/,
    ],
    [
      'a wrong call of an indicator',
      'return { a: ta.rsi(bars, 14) };',
      /strategies\/#\/strategy.ts:5:\d+: TypeError: ta.rsi was given no column/,
    ],
    [
      'NaN',
      'return { a: bars.close, b: bars.close.map((v, t) => t === 50 ? NaN : v) };',
      'the feature b is NaN at 2020-01-03T02:00:00.000Z of WALK (row 50)',
    ],
    [
      'infinity',
      'return { b: bars.close.map((v, t) => v / (t === 50 ? 0 : 1)) };',
      'the feature b is Infinity at 2020-01-03',
    ],
    [
      'too small a window',
      'return { b: ta.sma(bars.close, 11) };',
      'the feature b is NaN at 2020-01-01T09:00:00.000Z of WALK (row 9)',
    ],
    [
      'a wrong length',
      'return { a: bars.close, b: bars.close.slice(1) };',
      /the feature b has \d+ values for \d+ bars/,
    ],
    [
      'a text in a column',
      'return { b: Array.from(bars.close, (v) => v.toFixed(2)) };',
      'the feature b is "100.00" at bar 0 of 30: give a number',
    ],
    [
      'a hole in a column',
      'return { b: Array.from(bars.close).concat().fill(undefined, 3, 4) };',
      'the feature b is missing at bar 3 of 30',
    ],
    ['no columns', 'return {};', 'features returned 0 columns'],
    ['nothing', '', 'what features returned is missing: give an object'],
    ['a number for a column', 'return { a: 5 };', 'the feature a is 5: give a column'],
    [
      'an impossible name',
      "return { 'a b': bars.close };",
      'the feature "a b" has a name that it can\'t have',
    ],
    ['a promise', '', 'features returned a promise'],
    [
      'names that change from call to call',
      'return bars.close.length > 100 ? { b: bars.close } : { a: bars.close };',
      'gave other columns for WALK than before: column 1 is b and was a',
    ],
    [
      'a column more',
      'return bars.close.length > 100 ? { a: bars.close, b: bars.close } : { a: bars.close };',
      'column 2 is b and was none',
    ],
  ])('%s', async (what, lines, message) => {
    const source = withFeatures(lines);
    expect(
      await failure(what === 'a promise' ? source.replace('features(', 'async features(') : source),
    ).toEqual(invalid(message));
  });

  test('one that looks further back than window, by name and row', async () => {
    const sum = 'let sum = 0;\n return { ok: bars.close, total: bars.close.map((v) => (sum += v)) };';
    expect(await failure(withFeatures(sum))).toEqual(
      invalid(
        /the feature total at \S+ of WALK \(row \d+\) becomes another when it is computed of the 10 bars/,
      ),
    );
    // A mean that is made of a running sum differs by rounding alone, and is let through.
    const mean =
      'let sum = 0;\n return { mean: bars.close.map((v, t, all) => t < 10 ? (sum += v, t === 9 ? sum / ' +
      '10 : v) : (sum += v - all[t - 10]) / 10) };';
    await train(add(withFeatures(mean)));
  });

  test('one that looks ahead, by name and row', async () => {
    const next = withFeatures(
      'return { ok: bars.close, next: bars.close.map((v, t, all) => all[t + 1] ?? v) };',
    );
    expect(await failure(next)).toEqual({
      code: 'LEAK',
      message: expect.stringMatching(
        /the feature next at .* when the bars after it are left out: it looks ahead/,
      ),
    });
    const most = withFeatures(
      'const top = Math.max(...bars.close);\n return { share: bars.close.map((v) => v / top) };',
    );
    expect((await failure(most)).code).toBe('LEAK');
  });

  test('one that looks ahead in rows that were not sampled is found by the checks for leaks', async () => {
    // Each 14th row: none of the sampled ones of 3000 bars.
    const source = withFeatures(
      'return { sly: bars.close.map((v, t, all) => (t % 14 === 6 && all[t + 1] ? all[t + 1] : v)) };',
    );
    const strategy = await loadStrategy(add(source), { strategiesDir: dir });
    const long = [walk({ rows: 3000, seed: 3 })];
    expect(() => strategy.prepare(long)).not.toThrow();
    // The check changes the bars after one row that it takes by its seed.
    expect(() => {
      for (let seed = 0; seed < 40; seed++) checkForLeaks(strategy, long, {}, seed);
    }).toThrow('the feature sly of a training row depends on later bars');
  });
});

describe('what a strategy may not do', () => {
  test.each([
    [
      'the environment',
      'return { a: [process.env.HOME] };',
      'strategy.ts:5:22: a strategy may not read the environment (process.env): declare in params',
    ],
    ['process.exit', 'process.exit(0);', 'strategy.ts:5:9: a strategy may not use process.exit'],
    ['fetch', "fetch('http://localhost');", 'a strategy may not open connections (fetch)'],
    ['a WebSocket', "new WebSocket('ws://localhost');", 'a strategy may not open connections (WebSocket)'],
    [
      'Math.random',
      'return { a: bars.close.map(() => Math.random()) };',
      'a strategy may not use Math.random',
    ],
  ])('use %s', async (_, lines, message) => {
    expect(await failure(withFeatures(lines))).toEqual(invalid(message));
    // At top level it is no other.
    if (!lines.startsWith('return'))
      expect(await failure(lines)).toEqual(invalid(message.replace(/^strategy.ts:5:9/, 'strategy.ts:1:9')));
  });

  test.each([
    'net',
    'tls',
    'dgram',
    'http',
    'https',
    'http2',
    'dns',
    'child_process',
    'worker_threads',
    'cluster',
    'fs',
    'fs/promises',
    'process',
    'module',
    'inspector',
    'vm',
    'v8',
    'os',
  ])('import node:%s', async (module) => {
    const message =
      `strategies/#/strategy.ts:1: imports node:${module}: a strategy may not, it may ` +
      `import files of its own folder and assert`;
    expect(await failure(`import * as x from 'node:${module}';\n`)).toEqual(invalid(message));
    if (module !== 'net') return;
    expect(await failure("const x = await import('net');\n")).toEqual(
      invalid('imports net: a strategy may not'),
    );
    expect(await failure("const x = await import('data:text/javascript,1');\n")).toEqual(
      invalid('imports data:text/javascript,1'),
    );
  });

  test('harmless modules and files of its own folder are free to it', async () => {
    const name = add({
      'strategy.ts': `import assert from 'node:assert';
import { windows } from './own/windows.ts';
import table from './table.json' with { type: 'json' };
export default { learner: 'lstm', window: windows.slow, features({ bars, ta }) {
  assert(table.fast === 3);
  return { fast: ta.sma(bars.close, table.fast), slow: ta.sma(bars.close, windows.slow) };
} };`,
      'own/windows.ts': 'export const windows: { slow: number } = { slow: 20 };',
      'table.json': '{ "fast": 3 }',
    });
    expect(await describeStrategy(dir, name)).toMatchObject({ window: 20, features: ['fast', 'slow'] });
  });

  test('write to the output of its process: its console goes to whoever asks for it', async () => {
    const name = add(
      withFeatures(
        "console.log('seen %d', bars.close.length);\n console.error({ a: 1 });\n return { a: bars.close };",
      ),
    );
    const lines: string[] = [];
    await describeStrategy(dir, name, { log: (line) => void lines.push(line) });
    expect(lines).toEqual(['seen 30', '{ a: 1 }']);
    const index = new URL('../index.ts', import.meta.url).href;
    const script =
      `const { describeStrategy } = await import(${JSON.stringify(index)}); await ` +
      `describeStrategy(${JSON.stringify(dir)}, ${JSON.stringify(name)});`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    expect({ out, errors, code: child.exitCode }).toEqual({ out: '', errors: '', code: 0 });
  });
});

describe('what takes without end is stopped', () => {
  test('an endless loop at top level', async () => {
    expect(await failure('for (;;);', { loadMs: 1_500 })).toEqual(
      invalid(
        "strategies/#/strategy.ts: loading it didn't come to an end within 1.5 s and was stopped: look " +
          'for an endless',
      ),
    );
  });

  test('an endless loop in features, and the next call finds a new thread', async () => {
    const source = withFeatures('while (bars.close.length > 100);\n return { a: bars.close };');
    const name = add(source);
    const limits = { callMs: 500, rowMs: 1 };
    const strategy = await loadStrategy(name, { strategiesDir: dir, limits });
    const request = { seed: 1, threads: 1 };
    await expect(strategy.train({ bars: [bars], ...request }, recorder().context)).rejects.toThrow(
      "features didn't come to an end within 0.8 s and was stopped",
    );
    expect(() => strategy.prepare([walk({ rows: 90, seed: 1 })])).not.toThrow();
  });

  test('what waits for ever at top level', async () => {
    expect(await failure('await new Promise(() => setInterval(() => {}, 1000));', { loadMs: 1_500 })).toEqual(
      invalid("loading it didn't come to an end"),
    );
  });

  test.each([
    ['lists', 'const a = [];\n for (;;) a.push([a.length]);'],
    ['numbers', 'const a = [];\n for (;;) a.push(new Float64Array(1e6).fill(1));'],
  ])('a huge allocation of %s, which ends neither process nor test', async (_, lines) => {
    expect(await failure(withFeatures(lines), { maxMemoryMb: 200, callMs: 60_000 })).toEqual(
      invalid(/strategies\/#\/strategy.ts: it took more than the 200 MB of memory that a strategy may/),
    );
  });

  test('a promise that nobody heard fail', async () => {
    expect(
      await failure(
        withFeatures(
          "Promise.reject(new Error('lost'));\n for (const end = Date.now() + 300; Date.now() < end; " +
            ');\n return { a: bars.close };',
        ),
      ),
    ).toEqual(invalid(/strategies\/#\/strategy.ts:5:\d+: lost/));
  });
});

describe('a learner of its own that fails', () => {
  test.each([
    ['a throw in fit', ownLearner('rows.train.nothing.x;'), /strategies\/#\/strategy.ts:4:\d+: TypeError/],
    [
      'a throw in fit, later',
      ownLearner('return Promise.resolve().then(() => { throw new Error("later") });'),
      /strategy.ts:4:\d+: later/,
    ],
    ['no state', ownLearner(''), 'the state that fit returned is missing: give an object'],
    [
      'a state that no file can hold',
      ownLearner('return { w: [new Float64Array(3)] };'),
      "the state that fit returned.w[0] is a Float64Array, which a model file can't hold: write Array.from",
    ],
    [
      'a function in its state',
      ownLearner('return { f: () => 5 };'),
      'the state that fit returned.f is a function',
    ],
    [
      'progress in words',
      ownLearner("context.progress('half');"),
      'what progress was given is "half": give a number',
    ],
    ['a throw in load', ownLearner('return {};', 'null.x;'), /strategy.ts:7:\d+: TypeError/],
    ['no model', ownLearner('return {};', 'return {};'), 'learner.load returned no model'],
    [
      'a throw in predict',
      ownLearner('return {};', 'return { predict: () => null.x };'),
      /strategy.ts:7:\d+: TypeError/,
    ],
    [
      'a probability above 1',
      ownLearner('return {};', 'return { predict: (r) => new Array(r.rows).fill(1.5) };'),
      'predict returned 1.5 for row 0 of',
    ],
    [
      'NaN',
      ownLearner('return {};', 'return { predict: (r) => new Float64Array(r.rows).fill(NaN) };'),
      'predict returned NaN for row 0 of',
    ],
    [
      'too few answers',
      ownLearner('return {};', 'return { predict: () => [0.5] };'),
      /predict returned 1 values for \d+ rows/,
    ],
    ['process.exit', ownLearner('process.exit(1);'), 'a strategy may not use process.exit'],
    [
      'no load',
      'export default { learner: { fit() {} }, window: 2, features() {} };',
      'learner is an object without fit or load',
    ],
  ])('%s', async (_, source, message) => {
    expect(await failure(source)).toEqual(invalid(message));
  });
});

test('a failure of one strategy does nothing to another that runs beside it', async () => {
  const goog = sampleBars('GOOG', 400);
  const good = await loadStrategy(add(withFeatures('return { a: ta.rsi(bars.close, 5) };')), {
    strategiesDir: dir,
  });
  const [fine, wrong] = await Promise.allSettled([
    good.train({ bars: [goog], seed: 1, threads: 1 }, recorder().context),
    train(add(withFeatures('throw new Error("x");'))),
  ]);
  expect([fine.status, wrong.status]).toEqual(['fulfilled', 'rejected']);
});
