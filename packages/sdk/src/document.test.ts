import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { oldNames } from './aliases.ts';
import { ensembleSettings } from './ensemble.ts';
import { featureSettings } from './features.ts';
import { judgingSettings } from './judging.ts';
import { lightgbmSettings } from './lightgbm.ts';
import { logisticSettings } from './logistic.ts';
import { lstmSettings } from './lstm.ts';
import type { ParamSpecs } from './specs.ts';
import { rlSettings } from './rl.ts';

const document = readFileSync(path.resolve(import.meta.dirname, '../../../docs/settings.md'), 'utf8');
const [, judging = '', features = '', ensemble = '', lstm = '', rl = '', ...others] = document.split('\n## ');
const [lightgbm = '', logistic = '', renamed = ''] = others;

/** Name, default and what is allowed, as the page's tables show them. */
const rowsOf = (table: string): string[][] =>
  table
    .split('\n')
    .filter((line) => /^\| \w/.test(line))
    .map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, 4),
    );
const without = (specs: ParamSpecs, others: object): ParamSpecs =>
  Object.fromEntries(Object.entries(specs).filter(([name]) => !Object.hasOwn(others, name)));
const shared = { ...judgingSettings, ...featureSettings };

test.each<[string, string, ParamSpecs]>([
  ['judging', judging, judgingSettings],
  ['features', features, featureSettings],
  ['the ensemble', ensemble, without(ensembleSettings, shared)],
  ['the LSTM', lstm, without(lstmSettings, shared)],
  ['RL', rl, without(rlSettings, shared)],
  ['the learner lightgbm', lightgbm, without(lightgbmSettings, shared)],
  ['the learner logistic', logistic, without(logisticSettings, shared)],
])('docs/settings.md has every setting of %s, with its default and what is allowed', (_, table, specs) => {
  const expected = Object.entries(specs).map(([name, spec]) => {
    if (spec.kind === 'names') return [name, `${spec.default.length} of them`, `names of ${spec.page}`];
    const allowed =
      spec.kind === 'choice'
        ? spec.choices.join(', ')
        : spec.kind === 'boolean'
          ? 'true, false'
          : `${spec.min} to ${spec.max}`;
    // As it is written in JSON; a number for all symbols is one.
    return [
      name,
      typeof spec.default === 'object' ? JSON.stringify(spec.default) : String(spec.default),
      allowed,
    ];
  });
  expect(rowsOf(table)).toEqual([['name', 'default', 'allowed'], ...expected]);
});

test('docs/settings.md has every old name', () => {
  const expected = Object.entries(oldNames).flatMap(([strategy, names]) =>
    Object.entries(names).map(([old, now]) => [strategy, old, now]),
  );
  expect(rowsOf(renamed)).toEqual([['strategy', 'before', 'now'], ...expected]);
});
