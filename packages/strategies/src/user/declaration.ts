// What the user's file exports, checked for its form; it may be anything, since nothing has checked its
// types.
import type {
  Bars,
  LabelClass,
  LearnerName,
  LoadContext,
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
import type { Description, LabelDescription, Settled } from './messages.ts';

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
    ...labelOf(label === undefined ? { kind: 'direction' } : recordOf(label, 'label')),
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

const labelKeys: Readonly<Record<string, readonly string[]>> = {
  direction: ['neutral'],
  triple_barrier: ['upper', 'lower', 'window'],
  regression: ['of'],
  classes: ['classes', 'of'],
};

function labelOf(label: Unknown): Pick<Description, 'horizon' | 'label'> {
  const { kind, horizon } = label;
  if (typeof kind !== 'string' || !Object.hasOwn(labelKeys, kind))
    throw new DeclarationError(
      `label.kind is ${shown(kind)}: take one of ${Object.keys(labelKeys).join(', ')}`,
    );
  const known = ['kind', 'horizon', ...labelKeys[kind]!];
  const unknown = Object.keys(label).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new DeclarationError(
      `label has ${unknown}, which a label of kind ${kind} doesn't have; it may have ${known.join(', ')}`,
    );
  const kinds = {
    direction: directionOf,
    triple_barrier: barriersOf,
    regression: regressionOf,
    classes: classesOf,
  }[kind as LabelDescription['kind']];
  return {
    label: kinds(label),
    horizon: horizon === undefined ? null : typeof horizon === 'function' ? 'of params' : horizonOf(horizon),
  };
}

function directionOf({ neutral }: Unknown): LabelDescription {
  if (neutral === undefined) return { kind: 'direction', neutral: null };
  const given = Object.keys(recordOf(neutral, 'label.neutral')).sort().join();
  if (given === 'costs') return { kind: 'direction', neutral: 'costs' };
  if (given === 'volatility,window') return { kind: 'direction', neutral: 'volatility' };
  throw new DeclarationError(
    `label.neutral has ${given === '' ? 'nothing' : given.replaceAll(',', ', ')}: give ` +
      '{ costs } (round trips) or { volatility, window } (deviations, and the bars they are of)',
  );
}

/** Its numbers are looked at when they are settled. */
const barriersOf = (): LabelDescription => ({ kind: 'triple_barrier' });

function regressionOf({ of = 'log_return' }: Unknown): LabelDescription {
  if (typeof of === 'function') return { kind: 'regression', of: 'own' };
  if (of !== 'log_return' && of !== 'return')
    throw new DeclarationError(
      `label.of is ${shown(of)}: take 'log_return', 'return' or a function of { bars, inputs, ta, params, horizon }`,
    );
  return { kind: 'regression', of };
}

const maxClasses = 20;

function classesOf({ classes, of }: Unknown): LabelDescription {
  if (typeof of !== 'function')
    throw new DeclarationError(
      `label.of is ${shown(of)}: make it a function of { bars, inputs, ta, params, horizon } that gives a class ` +
        'a bar',
    );
  const entries = Object.entries(recordOf(classes, 'label.classes'));
  if (entries.length < 2 || entries.length > maxClasses)
    throw new DeclarationError(
      `label.classes has ${entries.length}: give 2 to ${maxClasses}, as { name: position }`,
    );
  return {
    kind: 'classes',
    classes: entries.map(([name, position]): LabelClass => {
      if (!/^[A-Za-z_][A-Za-z0-9_]{0,31}$/.test(name))
        throw new DeclarationError(
          `label.classes.${name}: take letters, digits and _ for its name, no digit first`,
        );
      if (position !== -1 && position !== 0 && position !== 1)
        throw new DeclarationError(
          `label.classes.${name} is ${shown(position)}: give what to hold then, -1 (short), 0 or 1 (long)`,
        );
      return { name, position };
    }),
  };
}

/** @throws DeclarationError naming the one that is wrong; what the user's functions throw. */
function labelNumbersOf({ label }: UserStrategy, params: UserParams): Settled['labelNumbers'] {
  const given: Unknown =
    label?.kind === 'triple_barrier'
      ? { upper: label.upper, lower: label.lower, window: label.window }
      : label?.kind === 'direction'
        ? { ...label.neutral }
        : {};
  const where = label?.kind === 'direction' ? 'label.neutral' : 'label';
  return Object.fromEntries(
    Object.entries(given).map(([name, number]) => {
      // Of no type that is known before it was asked.
      const value: unknown =
        typeof number === 'function' ? (number as (params: UserParams) => unknown)(params) : number;
      if (name === 'window')
        return [name, wholeNumber(value, `${where}.window`, maxWindow, ' bars that volatility is of', 2)];
      if (typeof value !== 'number' || !(value > 0 && value < Infinity))
        throw new DeclarationError(`${where}.${name} is ${shown(value)}: give a number above 0`);
      return [name, value];
    }),
  );
}

/**
 * The user's label of these bars: NaN where it gave none.
 * @throws DeclarationError when it is no list of one value a bar; what the user's function throws.
 */
export function labelValuesOf(
  strategy: UserStrategy,
  bars: Bars,
  params: UserParams,
  horizon: number,
): Float64Array {
  const { label } = strategy;
  if ((label?.kind !== 'regression' && label?.kind !== 'classes') || typeof label.of !== 'function')
    throw new DeclarationError('label has no function of');
  const rows = bars.close.length;
  const inputs = inputsOf(strategy as unknown as Unknown);
  const found = label.of({ ...featureInputOf(inputs, bars, params), horizon }) as unknown;
  if (!Array.isArray(found) && !isNumbers(found))
    throw new DeclarationError(`what label.of returned is ${shown(found)}: give a list, one value a bar`);
  if (found.length !== rows)
    throw new DeclarationError(`label.of returned ${found.length} values for ${rows} bars: give one a bar`);
  const names = label.kind === 'classes' ? Object.keys(label.classes) : null;
  return Float64Array.from({ length: rows }, (_, t) => {
    const value: unknown = found[t];
    if (value === null || value === undefined || Number.isNaN(value)) return Number.NaN;
    if (names === null) {
      if (typeof value === 'number') return value;
      throw new DeclarationError(`label.of is ${shown(value)} at bar ${t} of ${rows}: give a number`);
    }
    const number = typeof value === 'string' ? names.indexOf(value) : value;
    if (Number.isInteger(number) && (number as number) >= 0 && (number as number) < names.length)
      return number as number;
    throw new DeclarationError(
      `label.of is ${shown(value)} at bar ${t} of ${rows}: give one of ${names.join(', ')}, or its number ` +
        `from 0 to ${names.length - 1}`,
    );
  });
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

function wholeNumber(value: unknown, what: string, max: number, meaning: string, min = 1): number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max)
    throw new DeclarationError(
      `${what} is ${shown(value)}: give a whole number from ${min} to ${max}${meaning}`,
    );
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
    labelNumbers: labelNumbersOf(strategy, params),
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

/**
 * What a model says: a probability a row, of a regression a value, of several classes rows × classes.
 * @throws DeclarationError
 */
export function predictedOf(
  value: unknown,
  rows: number,
  { task, classes }: Pick<LoadContext, 'task' | 'classes'>,
): Float64Array {
  if (task === 'multiclass') return classProbabilitiesOf(value, rows, classes);
  if (task !== 'regression') return probabilitiesOf(value, rows);
  return numbersOf(value, rows, 'value', (y) => Number.isFinite(y), 'a finite number');
}

/** Numbers of single precision that are 1 together are so within that. */
const maxExcess = 1e-4;

function classProbabilitiesOf(value: unknown, rows: number, classes: readonly LabelClass[]): Float64Array {
  const cols = classes.length;
  const names = classes.map(({ name }) => name).join(', ');
  const nested =
    Array.isArray(value) && value.length === rows && (rows === 0 || typeof value[0] !== 'number');
  const flat: unknown = nested
    ? (value as readonly unknown[]).flatMap((row, r) => {
        if ((Array.isArray(row) || isNumbers(row)) && row.length === cols) return [...(row as number[])];
        throw new DeclarationError(
          `predict returned ${shown(row)} for row ${r} of ${rows}: give ${cols} probabilities, of ${names}`,
        );
      })
    : value;
  if ((Array.isArray(flat) || isNumbers(flat)) && flat.length !== rows * cols)
    throw new DeclarationError(
      `predict returned ${flat.length} values for ${rows} rows of ${cols} classes (${names}): give ` +
        `${rows * cols}, those of a row one after the other`,
    );
  const found = probabilitiesOf(flat, rows * cols);
  for (let r = 0; r < rows; r++) {
    const sum = found.subarray(r * cols, (r + 1) * cols).reduce((total, p) => total + p, 0);
    if (Math.abs(sum - 1) > maxExcess)
      throw new DeclarationError(
        `the probabilities that predict returned for row ${r} of ${rows} are ` +
          `${Number(sum.toPrecision(6))} together: give those of ${names}, which are 1 together`,
      );
  }
  return found;
}

const probabilitiesOf = (value: unknown, rows: number): Float64Array =>
  numbersOf(value, rows, 'probability', (p) => p >= 0 && p <= 1, 'a probability from 0 to 1');

function numbersOf(
  value: unknown,
  rows: number,
  noun: string,
  fits: (number: number) => boolean,
  allowed: string,
): Float64Array {
  if (!Array.isArray(value) && !isNumbers(value))
    throw new DeclarationError(`what predict returned is ${shown(value)}: give a list, one ${noun} a row`);
  if (value.length !== rows)
    throw new DeclarationError(`predict returned ${value.length} values for ${rows} rows: give one a row`);
  return Float64Array.from({ length: rows }, (_, r) => {
    const p: unknown = value[r];
    if (typeof p !== 'number' || !fits(p))
      throw new DeclarationError(`predict returned ${shown(p)} for row ${r} of ${rows}: give ${allowed}`);
    return p;
  });
}

const isNumbers = (value: unknown): value is Float64Array =>
  ArrayBuffer.isView(value) &&
  !(value instanceof DataView) &&
  !('BYTES_PER_ELEMENT' in value && value instanceof BigInt64Array);
