// What the user's functions return, checked for its form.
import type {
  Bars,
  LabelClass,
  LoadContext,
  Plain,
  PlainRecord,
  UserParams,
  UserStrategy,
} from '@ml-training/sdk';
import { featureInputOf, inputsOf } from './inputs.ts';
import { DeclarationError, recordOf, shown, type Unknown } from './validate.ts';

const maxFeatures = 500;

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

export const isNumbers = (value: unknown): value is Float64Array =>
  ArrayBuffer.isView(value) &&
  !(value instanceof DataView) &&
  !('BYTES_PER_ELEMENT' in value && value instanceof BigInt64Array);
