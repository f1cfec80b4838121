// What the user's file exports, checked for its form; it may be anything, since nothing has checked its
// types.
import type {
  LearnerName,
  UserLearner,
  UserParam,
  UserParams,
  UserSetting,
  UserStrategy,
} from '@ml-training/sdk';
import { learnerNames } from '@ml-training/sdk';
import { inputsOf, madeUpBars, needsOf } from './inputs.ts';
import { horizonOf, labelNumbersOf, labelOf } from './label-declaration.ts';
import type { Description, Settled } from './messages.ts';
import { columnsOf } from './returned-values.ts';
import { DeclarationError, maxWindow, recordOf, shown, wholeNumber, type Unknown } from './validate.ts';

const keys = [
  'learner',
  'scope',
  'window',
  'inputs',
  'columns',
  'params',
  'settings',
  'label',
  'description',
  'features',
];

/** @throws DeclarationError */
export function strategyOf(module: Unknown): UserStrategy {
  const { default: found } = module;
  if (found === undefined)
    throw new DeclarationError('has no default export: write "export default { learner, window, features }"');
  const strategy = recordOf(found, 'the default export');
  const unknown = Object.keys(strategy).find((key) => !keys.includes(key));
  if (unknown !== undefined)
    throw new DeclarationError(
      `the default export has ${unknown}, which this version doesn't know; it may have ${keys.join(', ')}`,
    );
  if (typeof strategy['features'] !== 'function')
    throw new DeclarationError(
      `features is ${shown(strategy['features'])}: make it a function of { bars, inputs, ta, params }`,
    );
  describe(strategy as unknown as UserStrategy);
  return strategy as unknown as UserStrategy; // Each part was looked at.
}

/** @throws DeclarationError naming the part. */
export function describe(strategy: UserStrategy): Description {
  const {
    learner,
    scope,
    window,
    params = {},
    settings = {},
    label,
    description,
  } = strategy as unknown as Unknown;
  const own = typeof learner === 'string' ? null : ownLearner(learner);
  if (own === null && !isLearner(learner))
    throw new DeclarationError(
      `learner is ${shown(learner)}: take ${learnerNames.join(', ')} or { fit, load }`,
    );
  if (scope !== undefined && scope !== 'all' && scope !== 'symbol')
    throw new DeclarationError(`scope is ${shown(scope)}: take 'all' or 'symbol'`);
  if (typeof window !== 'function') windowOf(window);
  if (description !== undefined && typeof description !== 'string')
    throw new DeclarationError(`description is ${shown(description)}: write a line of text`);
  return {
    learner: isLearner(learner) ? learner : 'own',
    warmStart: own?.warmStart ?? false,
    refits: own?.refit !== undefined,
    scope: scope ?? null,
    inputs: inputsOf(strategy as unknown as Unknown),
    needs: needsOf(strategy as unknown as Unknown),
    params: Object.fromEntries(
      Object.entries(recordOf(params, 'params')).map(([name, param]) => [name, paramOf(name, param)]),
    ),
    settings: Object.fromEntries(
      Object.entries(recordOf(settings, 'settings')).map(([name, value]) => [name, settingOf(name, value)]),
    ),
    description: description ?? null,
    ...labelOf(label === undefined ? { kind: 'direction' } : recordOf(label, 'label')),
  };
}

const isLearner = (word: unknown): word is LearnerName => learnerNames.some((name) => name === word);

function ownLearner(learner: unknown): UserLearner {
  const { fit, load, warmStart, refit } = recordOf(learner, 'learner');
  if (typeof fit !== 'function' || typeof load !== 'function')
    throw new DeclarationError(
      'learner is an object without fit or load: give both functions, or the name of a built-in one',
    );
  if (warmStart !== undefined && typeof warmStart !== 'boolean')
    throw new DeclarationError(`learner.warmStart is ${shown(warmStart)}: take true or false`);
  if (refit !== undefined && typeof refit !== 'function')
    throw new DeclarationError(
      `learner.refit is ${shown(refit)}: make it a function of all rows, the judged state and the context`,
    );
  return learner as UserLearner;
}

function paramOf(name: string, param: unknown): UserParam {
  const where = `params.${name}`;
  const { default: value, min, max, kind, tune } = recordOf(param, where);
  if (!/^[a-z][a-z0-9_]{0,31}$/.test(name))
    throw new DeclarationError(
      `${where}: take lower-case letters, digits and _ for its name, a letter first`,
    );
  if (![value, min, max].every((n) => typeof n === 'number' && Number.isFinite(n)))
    throw new DeclarationError(`${where} must have three numbers: { default, min, max }`);
  const [d, low, high] = [value as number, min as number, max as number];
  if (low > d || d > high)
    throw new DeclarationError(`${where} has the default ${d}, which is not from min ${low} to max ${high}`);
  const whole = [d, low, high].every(Number.isInteger);
  if (kind !== undefined && kind !== 'number' && kind !== 'integer')
    throw new DeclarationError(`${where}.kind is ${shown(kind)}: take 'number' or 'integer'`);
  if (kind === 'integer' && !whole)
    throw new DeclarationError(`${where} is of kind integer, but its default, min and max are not all whole`);
  const known: UserParam = { default: d, min: low, max: high, kind: kind ?? (whole ? 'integer' : 'number') };
  return tune === undefined ? known : { ...known, tune: tuneOf(where, tune, known) };
}

/** What a search may try, which must be values that a job may set. */
function tuneOf(where: string, tune: unknown, { min, max, kind }: UserParam): NonNullable<UserParam['tune']> {
  const { low, high, log, choices } = recordOf(tune, `${where}.tune`);
  const allowed = (value: unknown): value is number =>
    typeof value === 'number' &&
    value >= min &&
    value <= max &&
    (kind !== 'integer' || Number.isInteger(value));
  const are = `${kind === 'integer' ? 'whole numbers' : 'numbers'} from ${min} to ${max}`;
  if (choices !== undefined) {
    if (!Array.isArray(choices) || choices.length < 2)
      throw new DeclarationError(
        `${where}.tune.choices is ${shown(choices)}: give a list of two or more ${are}`,
      );
    const wrong = choices.findIndex((choice) => !allowed(choice));
    if (wrong !== -1)
      throw new DeclarationError(`${where}.tune.choices has ${shown(choices[wrong])}: give ${are}`);
    return { choices };
  }
  if (!allowed(low) || !allowed(high) || low >= high)
    throw new DeclarationError(
      `${where}.tune must be { low, high }, ${are} with low below high, or { choices: [1, 2, 5] }`,
    );
  if (log !== undefined && typeof log !== 'boolean')
    throw new DeclarationError(`${where}.tune.log is ${shown(log)}: take true or false`);
  if (log === true && low <= 0)
    throw new DeclarationError(`${where}.tune.low is ${low}: with log it must be above 0`);
  return log === true ? { low, high, log } : { low, high };
}

function settingOf(name: string, value: unknown): UserSetting {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value);
    // Of which symbols there may be numbers, and within what, the setting's own spec says.
    if (entries.every((entry): entry is [string, number] => typeof entry[1] === 'number'))
      return Object.fromEntries(entries);
  }
  throw new DeclarationError(
    `settings.${name} is ${shown(value)}: give a number, a text, true or false, or of costs ` +
      "numbers by symbol such as { GOOG: 2, '*': 5 }",
  );
}

function windowOf(window: unknown): number {
  return wholeNumber(
    window,
    'window',
    maxWindow,
    ': bars that a row of features may look at, its own included',
  );
}

/** @throws DeclarationError; what the user's functions throw. */
export function settle(strategy: UserStrategy, params: UserParams): Settled {
  const { window, label } = strategy;
  const asUnknown = strategy as unknown as Unknown;
  const bars = windowOf(typeof window === 'function' ? window(params) : window);
  const horizon = label?.horizon;
  return {
    window: bars,
    horizon:
      horizon === undefined ? null : horizonOf(typeof horizon === 'function' ? horizon(params) : horizon),
    labelNumbers: labelNumbersOf(strategy, params),
    // Which columns there are shows only when they are computed.
    names: columnsOf(strategy, madeUpBars(bars, inputsOf(asUnknown), needsOf(asUnknown)), params).names,
  };
}
