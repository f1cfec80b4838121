// What the user's file exports, checked for its form; it may be anything, since nothing has checked its
// types.
import type {
  Bars,
  LearnerName,
  Plain,
  PlainRecord,
  UserLearner,
  UserParam,
  UserParams,
  UserStrategy,
} from '@ml-training/sdk';
import { learnerNames } from '@ml-training/sdk';
import { DeclarationError, recordOf, shown, type Unknown } from './declaration-error.ts';
import { featureInputOf, inputsOf, madeUpBars, needsOf } from './inputs.ts';
import type { Description, Settled } from './messages.ts';

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
const maxWindow = 10_000;
const maxHorizon = 1_000;
const maxFeatures = 500;

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
    horizon: label === undefined ? null : horizonKind(recordOf(label, 'label')),
  };
}

const isLearner = (word: unknown): word is LearnerName => learnerNames.some((name) => name === word);

function ownLearner(learner: unknown): UserLearner {
  const { fit, load, warmStart } = recordOf(learner, 'learner');
  if (typeof fit !== 'function' || typeof load !== 'function')
    throw new DeclarationError(
      'learner is an object without fit or load: give both functions, or the name of a built-in one',
    );
  if (warmStart !== undefined && typeof warmStart !== 'boolean')
    throw new DeclarationError(`learner.warmStart is ${shown(warmStart)}: take true or false`);
  return learner as UserLearner;
}

function paramOf(name: string, param: unknown): UserParam {
  const where = `params.${name}`;
  const { default: value, min, max, kind } = recordOf(param, where);
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
  return { default: d, min: low, max: high, kind: kind ?? (whole ? 'integer' : 'number') };
}

function settingOf(name: string, value: unknown): number | string | boolean {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  throw new DeclarationError(`settings.${name} is ${shown(value)}: give a number, a text or true or false`);
}

function horizonKind({ kind, horizon }: Unknown): Description['horizon'] {
  if (kind !== 'direction')
    throw new DeclarationError(`label.kind is ${shown(kind)}: this version knows 'direction' alone`);
  if (horizon === undefined) return null;
  return typeof horizon === 'function' ? 'of params' : horizonOf(horizon);
}

function windowOf(window: unknown): number {
  return wholeNumber(
    window,
    'window',
    maxWindow,
    ': bars that a row of features may look at, its own included',
  );
}
const horizonOf = (horizon: unknown): number => wholeNumber(horizon, 'label.horizon', maxHorizon, ' bars');

function wholeNumber(value: unknown, what: string, max: number, meaning: string): number {
  if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > max)
    throw new DeclarationError(`${what} is ${shown(value)}: give a whole number from 1 to ${max}${meaning}`);
  return value as number;
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
    // Which columns there are shows only when they are computed.
    names: columnsOf(strategy, madeUpBars(bars, inputsOf(asUnknown), needsOf(asUnknown)), params).names,
  };
}

/**
 * The user's features of these bars.
 * @throws DeclarationError when they are no columns of one value a bar; what the user's function throws.
 */
export function columnsOf(
  strategy: UserStrategy,
  bars: Bars,
  params: UserParams,
): { readonly names: readonly string[]; readonly data: Float64Array } {
  const rows = bars.close.length;
  const inputs = inputsOf(strategy as unknown as Unknown);
  const found = strategy.features(featureInputOf(inputs, bars, params)) as unknown;
  if (found instanceof Promise)
    throw new DeclarationError('features returned a promise: make it a plain function, without async');
  const columns = recordOf(found, 'what features returned');
  const names = Object.keys(columns);
  if (names.length === 0 || names.length > maxFeatures)
    throw new DeclarationError(`features returned ${names.length} columns: give 1 to ${maxFeatures}`);
  const data = new Float64Array(rows * names.length);
  names.forEach((name, c) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name))
      throw new DeclarationError(
        `the feature ${JSON.stringify(name)} has a name that it can't have: take letters, digits and _, ` +
          `no digit first, 64 at most`,
      );
    const column = columns[name];
    if (!Array.isArray(column) && !isNumbers(column))
      throw new DeclarationError(`the feature ${name} is ${shown(column)}: give a column, one number a bar`);
    if (column.length !== rows)
      throw new DeclarationError(
        `the feature ${name} has ${column.length} values for ${rows} bars: give one a bar`,
      );
    for (let t = 0; t < rows; t++) {
      const value: unknown = column[t];
      if (typeof value !== 'number')
        throw new DeclarationError(
          `the feature ${name} is ${shown(value)} at bar ${t} of ${rows}: give a number`,
        );
      data[t * names.length + c] = value;
    }
  });
  return { names, data };
}

/** @throws DeclarationError naming the first part of a state that no model file can hold. */
export function plainOf(value: unknown, where: string): Plain {
  if (value === null || ['boolean', 'number', 'string'].includes(typeof value)) return value as Plain;
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map((part, i) => plainOf(part, `${where}[${i}]`));
  if (ArrayBuffer.isView(value))
    throw new DeclarationError(
      `${where} is ${shown(value)}, which a model file can't hold: write Array.from(…)`,
    );
  if (
    typeof value === 'object' &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null)
  )
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => [name, plainOf(part, `${where}.${name}`)]),
    );
  throw new DeclarationError(
    `${where} is ${shown(value)}, which a model file can't hold: give null, true, false, numbers, ` +
      `texts, Uint8Array, and lists ` +
      'and objects of them',
  );
}

export function plainRecordOf(value: unknown, where: string): PlainRecord {
  recordOf(value, where);
  return plainOf(value, where) as PlainRecord; // No list and no bytes, as recordOf saw.
}

/**
 * What `fit` tells of its progress.
 * @throws DeclarationError
 */
export function numberOf(value: unknown, what: string): number {
  if (typeof value !== 'number') throw new DeclarationError(`${what} is ${shown(value)}: give a number`);
  return value;
}

/** One probability a row. @throws DeclarationError */
export function probabilitiesOf(value: unknown, rows: number): Float64Array {
  if (!Array.isArray(value) && !isNumbers(value))
    throw new DeclarationError(
      `what predict returned is ${shown(value)}: give a list, one probability a row`,
    );
  if (value.length !== rows)
    throw new DeclarationError(`predict returned ${value.length} values for ${rows} rows: give one a row`);
  return Float64Array.from({ length: rows }, (_, r) => {
    const p: unknown = value[r];
    if (typeof p !== 'number' || !(p >= 0 && p <= 1))
      throw new DeclarationError(
        `predict returned ${shown(p)} for row ${r} of ${rows}: give a probability from 0 to 1`,
      );
    return p;
  });
}

const isNumbers = (value: unknown): value is Float64Array =>
  ArrayBuffer.isView(value) &&
  !(value instanceof DataView) &&
  !('BYTES_PER_ELEMENT' in value && value instanceof BigInt64Array);
