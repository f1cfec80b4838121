import type { BySymbol, LabelClass } from '@ml-training/sdk';
import { costBpsOf } from '../evaluation/costs.ts';
import { directionLabels } from '../evaluation/labels.ts';
import { ta } from '../features/ta.ts';
import type { LabelDefinition } from '../strategy.ts';

const classes: readonly LabelClass[] = [
  { name: 'down', position: -1 },
  { name: 'up', position: 1 },
];

/** Whether the close `horizon` bars later is above this bar's. */
export const direction = ({ horizon }: { readonly horizon: number }): LabelDefinition => ({
  task: 'binary',
  classes,
  label: { kind: 'direction', horizon },
  firstRow: 0,
  of: ({ close }) => directionLabels(close, horizon),
});

/** The same for a policy, which learns from no label: it is what its leaning is compared to. */
export const directionOfPolicy = (settings: { readonly horizon: number }): LabelDefinition => ({
  ...direction(settings),
  task: 'policy',
});

const threeClasses: readonly LabelClass[] = [
  { name: 'down', position: -1 },
  { name: 'neutral', position: 0 },
  { name: 'up', position: 1 },
];

/** Within what a move is neutral. */
export type Neutral =
  /** So many times what a round trip costs: opening a position and closing it, at `cost_bps` (and
   *  `slippage_bps`) each. */
  | { readonly costs: number }
  /** So many deviations (`ta.stdev`) of the last `window` one-bar log returns, times √horizon. */
  | { readonly volatility: number; readonly window: number };

/**
 * Whether the close `horizon` bars later is above this bar's (2), below it (0), or no further from it than
 * the neutral band (1): of costs by the return, of volatility by the log return.
 */
export function directionOrNeutral(
  settings: { readonly horizon: number; readonly cost_bps: BySymbol; readonly slippage_bps?: BySymbol },
  neutral: Neutral,
): LabelDefinition {
  const { horizon, cost_bps, slippage_bps = 0 } = settings;
  const inCosts = 'costs' in neutral;
  return {
    task: 'multiclass',
    classes: threeClasses,
    label: {
      kind: 'direction',
      horizon,
      neutral: inCosts
        ? { costs: neutral.costs, cost_bps, ...(slippage_bps === 0 ? {} : { slippage_bps }) }
        : { ...neutral },
      classes: threeClasses,
    },
    firstRow: inCosts ? 0 : neutral.window,
    of: ({ symbol, close }) => {
      const labels = new Uint8Array(Math.max(0, close.length - horizon));
      const costBps = costBpsOf({ cost_bps, slippage_bps }, symbol);
      const deviation = inCosts ? null : ta.stdev(ta.logReturn(close, 1), neutral.window);
      for (let t = 0; t < labels.length; t++) {
        const ratio = close[t + horizon]! / close[t]!;
        const [move, band] = inCosts
          ? [ratio - 1, (neutral.costs * 2 * costBps) / 10_000]
          : [Math.log(ratio), neutral.volatility * deviation![t]! * Math.sqrt(horizon)];
        labels[t] = move > band ? 2 : move < -band ? 0 : 1;
      }
      return labels;
    },
  };
}
