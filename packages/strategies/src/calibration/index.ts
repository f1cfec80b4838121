// What a learner's probabilities are corrected by, found on rows that it did not learn from: Platt's two
// numbers where there are two classes, one temperature where there are several. Values of a regression stay.
import { calibrate, fitCalibration, readCalibration } from './platt.ts';
import type { Calibration as Platt } from './platt.ts';
import { fitTemperature, readTemperature, withTemperature } from './temperature.ts';
import type { Temperature } from './temperature.ts';
import type { ClassWeights } from '../class-weights.ts';
import type { Plain } from '../strategy.ts';
import type { Labels, Target } from '../target.ts';

/** As a model's state holds it: plain values. */
export type Calibration = Platt | Temperature;

/**
 * Fits it on the validation rows, held to what the learner says by `priorRows` more rows on which that was
 * right, so that few rows correct little. The ranking is never turned around.
 * @param said as the model gives it: the probability of class 1, one a row; of several classes each one's,
 *   rows × classes.
 * @param options.classWeights what the learner's rows weighed by their class, which is taken back; null where
 *   all weighed the same.
 */
export async function fitCalibrationOf(
  target: Target,
  said: Float64Array,
  labels: Labels,
  options: { readonly priorRows: number; readonly classWeights: ClassWeights | null },
): Promise<Calibration> {
  const { priorRows, classWeights: weights } = options;
  switch (target.task) {
    case 'binary': {
      const priorIntercept = weights === null ? 0 : Math.log(weights[0]! / weights[1]!);
      // Labels of two classes are bytes.
      return await fitCalibration(said, labels as Uint8Array, { priorRows, priorIntercept });
    }
    case 'multiclass': {
      const offsets = weights?.map((w) => -Math.log(w)) ?? new Array<number>(target.classes).fill(0);
      return fitTemperature(said, labels, { priorRows, offsets });
    }
    case 'regression':
      return { kind: 'none' };
  }
}

/** What the learner says, corrected; to the bit as it is where there is no calibration. */
export function calibrated(calibration: Calibration, said: Float64Array): Float64Array {
  switch (calibration.kind) {
    case 'none':
      return said;
    case 'platt':
      return calibrate(calibration, said);
    case 'temperature':
      return withTemperature(calibration, said, calibration.offsets.length);
  }
}

/**
 * Reads what a state holds; none where it holds nothing, as in files of earlier versions.
 * @throws StrategyError INVALID_MODEL
 */
export function calibrationFromPlain(target: Target, stored: Plain | undefined, where: string): Calibration {
  if (stored === undefined || target.task === 'regression') return { kind: 'none' };
  return target.task === 'binary'
    ? readCalibration(stored, where)
    : readTemperature(stored, target.classes, where);
}
