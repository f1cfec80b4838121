// How the probabilities of several classes are calibrated: one temperature for all of them.
import type { Plain } from '../strategy.ts';
import { invalid, recordOf } from '../plain.ts';
import { softmax } from '../ensemble/softmax-regression.ts';

const { log, max } = Math;

/** Of ln p of each class: softmax(slope · ln p + offset). A slope below 1 flattens. */
export type Temperature =
  | { readonly kind: 'none' }
  | { readonly kind: 'temperature'; readonly slope: number; readonly offsets: readonly number[] };

/** As of two classes: what validation speaks against is flattened, never turned around. */
const slopes = { min: 0.1, max: 10 };

/**
 * Temperature scaling (Guo, Pleiss, Sun and Weinberger 2017, "On calibration of modern neural networks"),
 * with the targets drawn toward what the given probabilities say by `priorRows`, as of two classes: see
 * `fitCalibration`.
 * @param probabilities rows × classes, for rows that had no part in choosing the weights, or none worth
 * mentioning.
 * @param offsets log odds of the classes that are known to be missing, as after balanced class weights.
 */
export function fitTemperature(
  probabilities: Float64Array,
  labels: ArrayLike<number>,
  { priorRows, offsets }: { readonly priorRows: number; readonly offsets: readonly number[] },
): Temperature {
  const classes = offsets.length;
  const rows = labels.length;
  const trust = rows / (rows + priorRows);
  const logs = probabilities.map((p) => log(max(1e-6, p)));
  const at = (slope: number): Float64Array => scaled(logs, slope, offsets);
  const before = at(1);
  const targets = before.map(
    (p, i) => (1 - trust) * p + trust * Number(labels[Math.floor(i / classes)] === i % classes),
  );
  // The loss is convex: its slope rises from below 0 to above.
  const gradient = (slope: number): number =>
    at(slope).reduce((sum, q, i) => sum + (q - targets[i]!) * logs[i]!, 0);
  let [low, high] = [slopes.min, slopes.max];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (gradient(middle) < 0) low = middle;
    else high = middle;
  }
  return { kind: 'temperature', slope: (low + high) / 2, offsets };
}

/** @param probabilities rows × classes; left as they are. */
export const withTemperature = (
  temperature: Temperature,
  probabilities: Float64Array,
  classes: number,
): Float64Array =>
  temperature.kind === 'none'
    ? normalised(probabilities, classes)
    : scaled(
        probabilities.map((p) => log(max(1e-12, p))),
        temperature.slope,
        temperature.offsets,
      );

function scaled(logs: Float64Array, slope: number, offsets: readonly number[]): Float64Array {
  const classes = offsets.length;
  const result = logs.map((z, i) => slope * z + offsets[i % classes]!);
  for (let at = 0; at < result.length; at += classes) softmax(result.subarray(at, at + classes));
  return result;
}

/** Rounding of a mean leaves a sum that is off 1 by some last places. */
function normalised(probabilities: Float64Array, classes: number): Float64Array {
  const result = probabilities.slice();
  for (let at = 0; at < result.length; at += classes) {
    const row = result.subarray(at, at + classes);
    const sum = row.reduce((all, p) => all + p, 0);
    row.forEach((p, k) => (row[k] = p / sum));
  }
  return result;
}

/** @throws StrategyError INVALID_MODEL */
export function readTemperature(value: Plain | undefined, classes: number, where: string): Temperature {
  const { kind, slope, offsets } = recordOf(value, where);
  if (kind === 'none') return { kind };
  if (kind !== 'temperature') throw invalid(where, `is of the unknown kind ${JSON.stringify(kind)}`);
  const usable = (n: Plain | undefined): n is number => typeof n === 'number' && Number.isFinite(n);
  const listed: readonly Plain[] = Array.isArray(offsets) ? offsets : [];
  const read = listed.filter(usable);
  if (!usable(slope) || slope <= 0 || listed.length !== classes || read.length !== classes)
    throw invalid(where, `needs a slope above 0 and ${classes} offsets`);
  return { kind, slope, offsets: read };
}
