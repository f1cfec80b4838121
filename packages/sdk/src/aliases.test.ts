import { describe, expect, test } from '@jest/globals';
import { currentName, oldNames, overlaid, withCurrentNames } from './aliases.ts';
import { problemWith, strategyOf, type ParamSpecs } from './index.ts';

const specsOf = (strategy: string): ParamSpecs => strategyOf(strategy).settings;
const renamed = Object.entries(oldNames).flatMap(([strategy, names]) =>
  Object.entries(names).map(([old, now]) => ({ strategy, old, now, value: specsOf(strategy)[now]?.default })),
);

describe.each(renamed)('$strategy setting $now, once $old,', ({ strategy, old, now, value }) => {
  const specs = specsOf(strategy);

  test('is one of its settings, by the new name only', () => {
    expect(Object.hasOwn(specs, now)).toBe(true);
    expect(Object.hasOwn(specs, old)).toBe(false);
  });

  test('may be given by either name, but not by both', () => {
    expect(problemWith(specs, { [old]: value }, strategy)).toBeNull();
    expect(withCurrentNames({ [old]: value, horizon: 2 }, strategy)).toEqual({ [now]: value, horizon: 2 });
    for (const both of [
      { [old]: value, [now]: value },
      { [now]: value, [old]: value },
    ])
      expect(problemWith(specs, both, strategy)).toBe(
        `${strategy} settings ${old} and ${now} are one, ${old} is its old name: give ${now} alone`,
      );
  });

  test('is checked by its own bounds, whatever it is called', () => {
    const article = specs[now]!.kind === 'choice' ? 'one of' : 'a';
    expect(problemWith(specs, { [old]: -1 }, strategy)).toMatch(
      `${strategy} setting ${old} (now called ${now}) is -1; allowed is ${article} `,
    );
  });

  test('has one old name of its own strategy, and none of others', () => {
    expect(renamed.filter((other) => other.strategy === strategy && other.now === now)).toHaveLength(1);
    expect(currentName('lstm', old)).toBe(old);
    expect(currentName('constructor', old)).toBe(old);
  });
});

test('an unknown name is answered with the new names only', () => {
  const problem = problemWith(specsOf('rl'), { n_env: 4 }, 'rl') ?? '';
  expect(problem).toMatch(/^rl has no setting "n_env"; it has /);
  const listed = problem.split('it has ')[1]!.split(', ');
  expect(listed).toEqual(Object.keys(specsOf('rl')));
  for (const { old } of renamed.filter(({ strategy }) => strategy === 'rl'))
    expect(listed).not.toContain(old);
});

test('what is not given hides nothing', () => {
  const given = { n_envs: 4, envs: undefined };
  expect(problemWith(specsOf('rl'), given, 'rl')).toBeNull();
  expect(withCurrentNames(given, 'rl')).toEqual({ n_envs: 4 });
});

test.each([
  [{ envs: 4 }, { n_envs: 8 }, { n_envs: 8 }],
  [{ n_envs: 4 }, { envs: 8 }, { envs: 8 }],
  [{ envs: 4, clip: 0.1 }, { gamma: 0.5 }, { envs: 4, clip: 0.1, gamma: 0.5 }],
  [{ envs: 4, n_envs: 5 }, {}, { envs: 4, n_envs: 5 }],
])("%j with rl's own %j over it is %j", (others, own, expected) => {
  expect(overlaid<number>(others, own, 'rl')).toEqual(expected);
});
