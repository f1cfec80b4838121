// What each kind of task brings to its evaluation; `tasks/index.ts` has one of each.
import type { Task } from '@ml-training/sdk';
import type { Bars, LabelDefinition, Labels, ModelOutput, RowRange } from '../../strategy.ts';

export type Scores = Readonly<Record<string, number>>;

/** What was said of rows, and what came of them: all that scores besides the back-test's are made of. */
export interface SaidRows {
  readonly task: Task;
  /** See `Prediction.score`. */
  readonly score: Float64Array;
  /** Of several classes: of each class, row-major. */
  readonly probabilities?: Float64Array | undefined;
  readonly labels: Labels;
}

/**
 * What a prediction is to be scored as: `all`; a `choice` of a class, without a probability of it, which has
 * no log loss; a `trade` only.
 */
export type Scored = 'all' | 'choice' | 'trade';

/** A rule that needs no learning: what it says, what it holds where that doesn't follow, and its scores. */
export interface Rule {
  readonly scored: Scored;
  readonly says: ModelOutput;
}

/** What rules may know: the rows to be said something of, and the labels of the train rows. */
export interface RuleInput {
  readonly bars: Bars;
  readonly range: RowRange;
  readonly label: LabelDefinition;
  readonly trainLabels: Labels;
  /** At each row the newest label that its close completes: that of the row a horizon before. */
  readonly knownLabels: Labels;
}

/** Scores of a sample in which row i is `times[i]` times, in the order of `names`; NaN where undefined. */
export interface Resampled {
  readonly names: readonly string[];
  readonly scores: (times: Int32Array, into: Float64Array) => void;
}

/** A score that is a mean over rows, so that model and rule can be compared row by row. */
export interface RowScore {
  readonly score: 'accuracy' | 'log_loss' | 'squared_error';
  /** Higher is better. */
  readonly of: (rows: SaidRows, i: number) => number;
  /** The rules that can be compared by it; the best of them is. */
  readonly rules: readonly string[];
}

export interface TaskEvaluation {
  scores(rows: SaidRows, scored: Exclude<Scored, 'trade'>): Scores;
  resampled(rows: SaidRows): Resampled;
  rules(input: RuleInput): Readonly<Record<string, Rule>>;
  readonly rowScores: readonly RowScore[];
  /** Why nobody can go by what was said, in words; null where it is what the task asks for. */
  unusable(said: Pick<SaidRows, 'score' | 'probabilities'>): string | null;
}
