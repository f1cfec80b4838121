import { logLikelihood, logLoss } from '../evaluation/classification.ts';
import type { Plain } from '../strategy.ts';
import { calibrate, calibrationError, fitCalibration } from './calibration.ts';
import type { Calibration } from './calibration.ts';
import type { EnsembleSettings as Settings } from '@ml-training/sdk';
import { vote, voteWeights } from './weights.ts';

/** What the members say of the validation rows, and what came. */
export interface Ballots {
  /** One array a member. */
  readonly probabilities: readonly Float64Array[];
  readonly labels: Uint8Array;
  /** Weight of each row by its label; equal unless given. */
  readonly weights?: Float32Array;
  /** When each row was; the order given unless there. */
  readonly time?: Float64Array;
}

export interface Choice {
  readonly weights: Float64Array;
  readonly calibration: Calibration;
  readonly details: { readonly [name: string]: Plain };
}

/** Pieces of time that the validation rows are cut into. */
const mostPieces = 5;
/** With more, four free weights make a vote look better by less than 0.001, and are not worth five more choices. */
const fewRows = 5_000;

/**
 * Chooses on the validation rows how much each member's vote counts and how the vote is calibrated.
 *
 * A vote looks better on the rows its weights were chosen on than it is, by about as many log-likelihoods as it has free
 * weights, and a calibration fitted there would take that for the truth. So it is fitted on votes that were cast out of fold: the rows
 * are cut into five pieces of time, and each piece is voted on with weights chosen on the other four. The
 * figures before and after are out of fold as well. What is left is that boosting stopped at its best validation loss.
 * @param priorIntercept see `fitCalibration`.
 */
export async function choose(ballots: Ballots, settings: Settings, priorIntercept: number): Promise<Choice> {
  const { probabilities, labels } = ballots;
  const weightsOf = (rows: readonly number[]): Float64Array =>
    voteWeights(
      probabilities.map((p) => pick(p, rows)),
      pick(labels, rows),
      settings.equal_share,
      ballots.weights && pick(ballots.weights, rows),
    );
  const all = Array.from(labels, (_, i) => i);
  const weights = weightsOf(all);
  if (settings.calibration === 'none')
    return { weights, calibration: { kind: 'none' }, details: { calibration: { kind: 'none' } } };

  const options = { priorRows: settings.calibration_prior_rows, priorIntercept };
  const pieces = piecesOfTime(ballots);
  const before = new Float64Array(labels.length);
  for (const { inside, outside } of pieces) {
    const inPiece = probabilities.map((p) => pick(p, inside));
    place(before, inside, vote(inPiece, labels.length > fewRows ? weights : weightsOf(outside)));
  }
  const after = new Float64Array(labels.length);
  for (const { inside, outside } of pieces) {
    const fitted = await fitCalibration(pick(before, outside), pick(labels, outside), options);
    place(after, inside, calibrate(fitted, pick(before, inside)));
  }
  const calibration = await fitCalibration(before, labels, options);
  const scores = (p: Float64Array): Plain => ({
    log_loss: logLoss(p, labels),
    expected_calibration_error: calibrationError(p, labels),
  });
  return {
    weights,
    calibration,
    details: {
      calibration: { ...calibration, out_of_fold: { before: scores(before), after: scores(after) } },
    },
  };
}

/** Mean log loss where rows weigh differently. */
export function weightedLogLoss(
  probability: Float64Array,
  labels: Uint8Array,
  weights?: Float32Array,
): number {
  if (weights === undefined) return logLoss(probability, labels);
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum -= weights[i]! * logLikelihood(probability[i]!, labels[i]!);
  return sum / weights.reduce((total, w) => total + w, 0);
}

function piecesOfTime({ labels, time }: Ballots): { inside: number[]; outside: number[] }[] {
  const order = Array.from(labels, (_, i) => i);
  if (time !== undefined) order.sort((a, b) => time[a]! - time[b]! || a - b);
  const count = Math.min(mostPieces, order.length);
  const bound = (piece: number): number => Math.floor((piece * order.length) / count);
  return Array.from({ length: count }, (_, piece) => ({
    inside: order.slice(bound(piece), bound(piece + 1)),
    outside: [...order.slice(0, bound(piece)), ...order.slice(bound(piece + 1))],
  }));
}

function pick<T extends Float64Array | Float32Array | Uint8Array>(values: T, rows: readonly number[]): T {
  // The constructor of a typed array makes its own kind.
  const picked = new (values.constructor as new (length: number) => T)(rows.length);
  rows.forEach((row, i) => (picked[i] = values[row]!));
  return picked;
}

const place = (target: Float64Array, rows: readonly number[], values: Float64Array): void =>
  rows.forEach((row, i) => (target[row] = values[i]!));
