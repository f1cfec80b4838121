// docs/strategies.md: its strategy runs as it is printed there, and its lists are those of the code.
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { sampleBars } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { strategiesFolder } from '../../test/user-strategy.ts';
import { ta } from '../features/ta.ts';
import { checkForLeaks, describeStrategy, loadStrategy } from '../index.ts';
import { allowedModules } from './lock-down.ts';
import { defaultLimits } from './session.ts';

const page = readFileSync(new URL('../../../../docs/strategies.md', import.meta.url), 'utf8');
const words = page.replaceAll(/\s+/g, ' ');
const { dir, write } = strategiesFolder();

test('the example is trained and predicts', async () => {
  const [, example = ''] = /```ts\n(import type[^]*?)```/.exec(page) ?? [];
  write('mine', example);
  expect(await describeStrategy(dir, 'mine')).toMatchObject({
    learner: 'ensemble',
    scope: 'symbol',
    window: 40,
    features: ['rsi', 'momentum', 'squeeze', 'volume'],
    settings: { horizon: { default: 2 }, cost_bps: { default: 10 } },
  });
  const bars = sampleBars('GOOG', 600);
  const strategy = await loadStrategy('mine', { strategiesDir: dir });
  checkForLeaks(strategy, [bars], { lookahead: 20 }, 1);
  const { artefact, report, predictions } = await strategy.train(
    { bars: [bars], params: { lookahead: 20 }, seed: 1, threads: 1 },
    recorder().context,
  );
  const predictor = await strategy.load(artefact);
  expect(await predictor.predict(bars, report.symbols[0]!.holdout)).toEqual(predictions[0]);
  predictor.dispose();
});

test("the README's example is trained as it is printed", async () => {
  const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');
  const [, example = ''] = /```ts\n(import type \{ UserStrategy[^]*?)```/.exec(readme) ?? [];
  write('readme', example);
  const strategy = await loadStrategy('readme', { strategiesDir: dir });
  const bars = [sampleBars('GOOG', 400)];
  checkForLeaks(strategy, bars, {}, 1);
  const { artefact } = await strategy.train({ bars, seed: 1, threads: 1 }, recorder().context);
  expect(artefact.feature_names).toEqual(['fast', 'slow']);
});

test('each label of its table is one, and the label that is written out is trained', async () => {
  const labels = [...page.matchAll(/^\| `(\{ kind: [^`]*\})`/gm)].map(([, label]) => label!);
  expect(labels.length).toBeGreaterThan(5);
  const [, written = ''] = /```ts\n(label: \{[^]*?)```/.exec(page) ?? [];
  const learner = `{ fit: () => ({}), load: () => ({
    predict: ({ data, rows, cols }) => Array.from({ length: rows }, (_, r) => 0.01 * data[r * cols]) }) }`;
  const rest = `features: ({ bars, ta }) => ({ change: ta.logReturn(bars.close) }) };`;
  for (const [i, label] of labels.entries()) {
    const own = label.replace(', of }', ", of: ({ bars }) => Array(bars.close.length).fill('calm') }");
    const name = `label_${i}`;
    write(name, `export default { learner: ${learner}, window: 5, label: ${own}, ${rest}`);
    expect((await describeStrategy(dir, name)).label).toBe(/kind: '(\w+)'/.exec(label)![1]);
  }
  const params = 'params: { lookahead: { default: 4, min: 1, max: 50 } },';
  write('written', `export default { learner: ${learner}, window: 5, ${params} ${written} ${rest}`);
  const strategy = await loadStrategy('written', { strategiesDir: dir });
  const bars = sampleBars('GOOG', 300);
  const { artefact, report } = await strategy.train(
    { bars: [bars], seed: 1, threads: 1 },
    recorder().context,
  );
  expect(artefact.label).toEqual({ kind: 'regression', horizon: 4, of: 'own' });
  expect(report.symbols[0]!.baselines['train_mean']!['r2']).toBeGreaterThan(0);
});

test('it names every indicator, every module that may be imported, and the limits', () => {
  expect(words).toContain(Object.keys(ta).join(' '));
  const [first, ...others] = allowedModules;
  expect(words).toContain(
    `\`node:${first!}\`, ${others
      .slice(0, -1)
      .map((name) => `\`${name}\``)
      .join(', ')} and \`${others.at(-1)!}\``,
  );
  const { loadMs, callMs, rowMs, maxMemoryMb } = defaultLimits;
  expect(words).toContain(
    `Loading may take ${loadMs / 1000} s, a call ${callMs / 1000} s and ${rowMs} ms a bar, and ` +
      `${maxMemoryMb / 1024} GB of memory`,
  );
});
