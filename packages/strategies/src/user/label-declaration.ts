// What the user's file says of its label, checked for its form.
import type { Bars, LabelClass, UserParams, UserStrategy } from '@ml-training/sdk';
import { featureInputOf, inputsOf } from './inputs.ts';
import type { Description, LabelDescription, Settled } from './messages.ts';
import { isNumbers } from './returned-values.ts';
import { DeclarationError, maxWindow, recordOf, shown, wholeNumber, type Unknown } from './validate.ts';

const maxHorizon = 1_000;
export const horizonOf = (horizon: unknown): number =>
  wholeNumber(horizon, 'label.horizon', maxHorizon, ' bars');

const labelKeys: Readonly<Record<string, readonly string[]>> = {
  direction: ['neutral'],
  triple_barrier: ['upper', 'lower', 'window'],
  regression: ['of'],
  classes: ['classes', 'of'],
};

export function labelOf(label: Unknown): Pick<Description, 'horizon' | 'label'> {
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
      `label.of is ${shown(of)}: take 'log_return', 'return' or a function of ` +
        '{ bars, inputs, ta, params, horizon }',
    );
  return { kind: 'regression', of };
}

const maxClasses = 20;

function classesOf({ classes, of }: Unknown): LabelDescription {
  if (typeof of !== 'function')
    throw new DeclarationError(
      `label.of is ${shown(of)}: make it a function of ` +
        `{ bars, inputs, ta, params, horizon } that gives a class ` +
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
export function labelNumbersOf({ label }: UserStrategy, params: UserParams): Settled['labelNumbers'] {
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
