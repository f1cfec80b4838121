import type { ParamSpecs } from './specs.ts';

/** How a model is judged; the same for every strategy, so that their reports can be laid side by side. */
export const judgingSettings = {
  /** Bars from a row to its label. */
  horizon: { kind: 'integer', default: 1, min: 1, max: 1_000 },
  holdout_share: { kind: 'number', default: 0.2, min: 0.05, max: 0.5 },
  /** Rows of the holdout; 0 leaves it to `holdout_share`. */
  holdout_rows: { kind: 'integer', default: 0, min: 0, max: 1_000_000_000 },
  /** When the holdout begins, ms since the epoch, whatever the two above say; 0 leaves it to them. */
  holdout_from: { kind: 'integer', default: 0, min: 0, max: 8.64e15 },
  /**
   * Models trained on the bars before the holdout alone, to know on more rows than its own whether it finds
   * anything: docs/judging.md. One takes a little less than the training, each further one some 0.8 of it; 0: none.
   */
  walk_forward_folds: { kind: 'integer', default: 0, min: 0, max: 20 },
  /** Share of the labelled rows that each gap between two parts is wider than the horizon. */
  embargo_share: { kind: 'number', default: 0.01, min: 0, max: 0.2 },
  /** Learns from so many bars before the holdout alone, those that choices are made on among them; 0: from all. */
  train_bars: { kind: 'integer', default: 0, min: 0, max: 1_000_000_000 },
  /** Cost of changing the position by one unit, in basis points of the capital; one for all, or by symbol. */
  cost_bps: { kind: 'by_symbol', default: 5, min: 0, max: 1_000 },
  /** What a fill is worse than the close, in the same unit; it is added to `cost_bps`. */
  slippage_bps: { kind: 'by_symbol', default: 0, min: 0, max: 1_000 },
} as const satisfies ParamSpecs;

/** How positions follow from what a model says; of every strategy but rl, which chooses them itself. */
export const positionSettings = {
  /**
   * `expected_return`: changed where the return to be expected is above what the change costs. `threshold`: by
   * the distance `band` alone, whatever it costs.
   */
  position_rule: {
    kind: 'choice',
    default: 'expected_return',
    choices: ['expected_return', 'threshold'],
  },
} as const satisfies ParamSpecs;
