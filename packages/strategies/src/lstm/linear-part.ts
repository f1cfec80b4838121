// The linear part of the model: what the newest step's features say by themselves. It is fitted first, and the
// LSTM learns what is left.
import { pooledRows, type Dataset } from '../dataset.ts';
import { crossValidateLinear } from '../ensemble/linear.ts';
import type { TrainedMember } from '../ensemble/members.ts';
import { logit } from '../ensemble/pool.ts';
import { developmentFolds } from '../folds.ts';
import { fromNdArray } from '../ndarray.ts';
import { byRecency } from '../recency.ts';
import type { Plain, TrainContext } from '../strategy.ts';
import { outputsOf, type Labels, type Target } from '../target.ts';
import { pauser } from '../yield.ts';

export interface LinearPart {
  /** [features, outputs] */
  readonly kernel: Float32Array;
  /** [outputs] */
  readonly bias: Float32Array;
  /**
   * What it adds to the answer before its link, bars × outputs, each row's by a model that has not seen it;
   * NaN of bars that are neither train nor validation rows.
   */
  readonly offsets: Float64Array;
  /** What was chosen, to fit the same on other rows. */
  readonly member: TrainedMember;
}

const penalties = { logistic_l2: 0.01, logistic_penalties: 7, lasso_penalties: 16 };
const foldCount = 5;

/**
 * @param labels by bar, in the unit in which the model learns.
 * @param chosen under whose penalties it is fitted, where that is known.
 */
export async function fitLinearPart(
  target: Target,
  data: Dataset,
  labels: Labels,
  {
    embargo_share: embargoShare,
    half_life_bars: halfLife,
  }: { readonly embargo_share: number; readonly half_life_bars: number },
  context: Pick<TrainContext, 'checkpoint' | 'signal'>,
  chosen?: TrainedMember,
): Promise<LinearPart> {
  const symbols = data.symbols.map((symbol) => ({ ...symbol, labels }));
  const rows = byRecency(pooledRows({ symbols }, 'development'), halfLife);
  const folds = developmentFolds(data, rows, { count: foldCount, least: 2, embargoShare });
  const paused = pauser({ ...context, checkpoint: () => Promise.resolve() });
  const { member, answers } = await crossValidateLinear(
    target,
    rows,
    data.symbols[0]!.features.names,
    folds,
    {
      settings: penalties,
      context: { epoch: () => undefined },
      pause: () => paused(() => null),
      ...(chosen === undefined ? {} : { chosen }),
    },
  );
  const outputs = outputsOf(target);
  const { bars, purged } = data.symbols[0]!;
  const barOf = [...purged.train, ...purged.validation];
  const offsets = new Float64Array(bars.close.length * outputs).fill(Number.NaN);
  const link = links[target.task];
  folds.forEach(({ ask }, f) =>
    ask.forEach((row, i) => {
      for (let o = 0; o < outputs; o++)
        offsets[barOf[row]! * outputs + o] = link(answers[f]![i * outputs + o]!);
    }),
  );
  const { kernel, bias } = member.stored as unknown as { kernel: Plain; bias: number | readonly number[] };
  return {
    kernel: fromNdArray(kernel, 'float32', 'skip', [rows.cols, outputs]),
    bias: Float32Array.from([bias].flat()),
    offsets,
    member,
  };
}

const links: Readonly<Record<Target['task'], (answer: number) => number>> = {
  binary: logit,
  multiclass: (p) => Math.log(Math.max(1e-6, p)),
  regression: (value) => value,
};

/** What answers were before their link; of several classes up to what is the same for all of them. */
export const logitsOf = ({ task }: Target, answers: Float64Array): Float64Array => answers.map(links[task]);
