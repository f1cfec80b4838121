// A user's strategy as the fleet's table has the built-in ones: scope, settings and what promotion compares.
import { judgingSettings, learnerFacts, positionSettings, problemWith } from '@ml-training/sdk';
import type { ParamSpecs, PromotionMetric, StrategyFacts, Task, UserSetting } from '@ml-training/sdk';
import type { CommonSpecs } from '../definition.ts';
import { invalidStrategy, type StrategyCode } from './folder.ts';
import type { Description, LabelDescription } from './messages.ts';

/** Settings beside its params of a strategy that has a learner of its own. */
const ownSettings = {
  ...judgingSettings,
  validation_share: { kind: 'number', default: 0.2, min: 0.05, max: 0.4 },
  ...positionSettings,
  /** Of the rule `threshold`: distance from ½ within which no position is taken. */
  band: { kind: 'number', default: 0, min: 0, max: 0.5 },
} as const satisfies ParamSpecs;

/** Of a regression in the unit of its label, which may be any; of several classes a lead of probability. */
const bands: Readonly<Record<Task, ParamSpecs>> = {
  binary: {},
  policy: {},
  multiclass: { band: { kind: 'number', default: 0, min: 0, max: 1 } },
  regression: { band: { kind: 'number', default: 0, min: 0, max: 1e12 } },
};

const metrics: Readonly<Record<Exclude<Task, 'policy'>, PromotionMetric>> = {
  binary: 'log_likelihood',
  multiclass: 'log_likelihood',
  regression: 'squared_error',
};

function taskOf(label: LabelDescription): Exclude<Task, 'policy'> {
  switch (label.kind) {
    case 'direction':
      return label.neutral === null ? 'binary' : 'multiclass';
    case 'regression':
      return 'regression';
    case 'triple_barrier':
    case 'classes':
      return 'multiclass';
  }
}

export type Facts = StrategyFacts & { readonly settings: CommonSpecs; readonly params: ParamSpecs };

/**
 * @throws StrategyError INVALID_STRATEGY for settings that its learner doesn't have, or params that are
 * some.
 */
export function factsOf({ name: type, shown }: StrategyCode, description: Description): Facts {
  const { learner, scope, settings: given, horizon, label } = description;
  const fail = (what: string): Error => invalidStrategy(`${shown}strategy.ts: ${what}`);
  const base: Omit<StrategyFacts, 'label' | 'type'> =
    learner === 'own'
      ? {
          scope: 'symbol',
          promotionMetric: 'log_likelihood',
          settings: ownSettings,
          description: 'a learner of its own',
        }
      : { ...learnerFacts(learner), description: `${learner} on features of its own` };
  if (scope === 'all' && base.scope === 'symbol' && learner !== 'own')
    throw fail(
      `scope is all, but ${learner} learns from one symbol at a time: take 'symbol', or another learner`,
    );

  const task = learner === 'rl' ? 'policy' : taskOf(label);
  if (task === 'policy' && taskOf(label) !== 'binary')
    throw fail(
      `the learner rl can't learn the label ${label.kind}: it learns from what positions earn, and from no ` +
        `label; leave label out, or take another learner`,
    );
  if (learner === 'logistic' && task === 'regression')
    throw fail(
      "the learner logistic can't learn the label regression: it tells classes apart; take 'ensemble', " +
        "'lightgbm' or 'lstm', or a label of classes",
    );
  // What a built-in strategy picks of the catalogue is the user's own here.
  const known: Record<string, ParamSpecs[string]> = Object.fromEntries(
    Object.entries({ ...base.settings, ...bands[task] }).filter(([name]) => name !== 'features'),
  );
  // Nobody but its author knows what the numbers of an own label are, in returns.
  if (known['position_rule'] !== undefined && label.kind === 'regression' && label.of === 'own')
    known['position_rule'] = { kind: 'choice', default: 'threshold', choices: ['threshold'] };
  const problem = problemWith(known, given, learner === 'own' ? type : learner);
  if (problem !== null) throw fail(`settings: ${problem}`);
  if (horizon !== null && given['horizon'] !== undefined)
    throw fail('the horizon is in label and in settings: give it in one of them');
  const defaults: Readonly<Record<string, UserSetting>> = {
    // Who sets a band means the rule that heeds it.
    ...(given['band'] === undefined ? {} : { position_rule: 'threshold' }),
    ...given,
    ...(typeof horizon === 'number' ? { horizon } : {}),
  };
  const params: ParamSpecs = Object.fromEntries(
    Object.entries(description.params).map(([param, { kind, ...spec }]) => [
      param,
      { ...spec, kind: kind ?? 'number' },
    ]),
  );
  const taken = Object.keys(params).find((param) => Object.hasOwn(known, param));
  if (taken !== undefined)
    throw fail(
      `params.${taken} has the name of a setting of ${learner === 'own' ? 'judging' : learner}: take another`,
    );
  const settings = Object.fromEntries(
    Object.entries(known).map(([setting, spec]) => [
      setting,
      { ...spec, default: defaults[setting] ?? spec.default },
    ]),
  );
  return {
    type,
    scope: scope ?? base.scope,
    label: label.kind,
    promotionMetric: task === 'policy' ? base.promotionMetric : metrics[task],
    // Those of the learner, with other defaults, and its params.
    settings: { ...settings, ...params } as unknown as CommonSpecs,
    params,
    description: description.description ?? base.description,
  };
}
