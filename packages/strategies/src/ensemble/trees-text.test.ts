import { describe, expect, test } from '@jest/globals';
import { storeText, treeTextProblem } from './trees-text.ts';

/** Three leaves: split 0 sends to leaf 0 or split 1, which sends to leaves 1 and 2. */
const fields = {
  num_leaves: '3',
  num_cat: '0',
  split_feature: '1 0',
  split_gain: '2 1',
  threshold: '0.5 -1e-3',
  decision_type: '2 10',
  left_child: '-1 -2',
  right_child: '1 -3',
  leaf_value: '0.1 0.2 -0.3',
  leaf_weight: '1 1 1',
  leaf_count: '4 4 4',
  internal_value: '0 0',
  internal_weight: '0 2',
  internal_count: '12 8',
  is_linear: '0',
  shrinkage: '0.03',
};
const lone = { num_leaves: '1', num_cat: '0', leaf_value: '0.1', is_linear: '0', shrinkage: '1' };
const text = (tree: object): string =>
  `tree\nversion=v4\n\nTree=0\n${Object.entries(tree)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')}\n\n\nend of trees\n`;

test('a text that is larger than a model may be is not stored, and the settings to lower are named', () => {
  expect(() => storeText(' '.repeat(64 * 2 ** 20 + 1))).toThrow(
    expect.objectContaining({
      code: 'INVALID_PARAMS',
      message: expect.stringContaining('set fewer rounds or trees (num_boost_round, forest_trees)'),
    }),
  );
});

describe('treeTextProblem', () => {
  test.each([
    ['a tree of three leaves', fields],
    ['a lone leaf', lone],
  ])('finds none in %s', (_, tree) => {
    expect(treeTextProblem(text(tree), 2)).toBeNull();
  });

  test.each([
    ['a number that is none', { threshold: '0.5 x' }, 'whose threshold are not all numbers'],
    ['a list that is too short', { right_child: '1' }, 'without 2 right_child'],
    ['more leaves than announced', { num_leaves: '2' }, 'without 1 split_feature'],
    ['a feature it was not trained on', { split_feature: '2 0' }, 'outside the 2'],
    ['a split by category', { decision_type: '1 2' }, 'splits of an unknown kind'],
    ['categories', { num_cat: '1' }, 'splits by category'],
    ['a split that leads to itself', { right_child: '0 -3' }, 'do not hang together'],
    ['a child that is not there', { right_child: '1 -4' }, 'do not hang together'],
    ['a leaf in two places', { right_child: '1 -2' }, 'do not hang together'],
    ['no leaf', { num_leaves: '0' }, 'without leaves'],
  ])('finds %s', (_, change, problem) => {
    expect(treeTextProblem(text({ ...fields, ...change }), 2)).toMatch(`has a tree 0 `);
    expect(treeTextProblem(text({ ...fields, ...change }), 2)).toContain(problem);
  });

  test('finds an end that is missing and lines that are no fields', () => {
    expect(treeTextProblem(text(fields).slice(0, -20), 2)).toBe('has no end of trees');
    expect(treeTextProblem(text(fields).replace('leaf_value=', 'leaf_value:'), 2)).toContain(
      'with the line "leaf_value:',
    );
    expect(treeTextProblem(text(fields).replace('leaf_weight', 'leaf_value'), 2)).toContain('two leaf_value');
  });
});
