import type { LabelClass } from '@ml-training/sdk';
import { ta } from '../features/ta.ts';
import type { LabelDefinition } from '../strategy.ts';

const classes: readonly LabelClass[] = [
  { name: 'lower', position: -1 },
  { name: 'timeout', position: 0 },
  { name: 'upper', position: 1 },
];

/**
 * Which barrier the closes after a row pass first (López de Prado, "Advances in Financial Machine Learning",
 * 2018, ch. 3): the upper one, `upper` deviations above the row's close (2), the lower one, `lower`
 * deviations below it (0), or neither within `horizon` bars (1). Distances are log returns; a deviation is
 * that of the last `window` one-bar log returns (`ta.stdev`), which is known at the row.
 */
export function tripleBarrier(
  { horizon }: { readonly horizon: number },
  { upper, lower, window }: { readonly upper: number; readonly lower: number; readonly window: number },
): LabelDefinition {
  return {
    task: 'multiclass',
    classes,
    label: { kind: 'triple_barrier', horizon, upper, lower, window, classes },
    firstRow: window,
    of: ({ close }) => {
      const labels = new Uint8Array(Math.max(0, close.length - horizon));
      const deviation = ta.stdev(ta.logReturn(close, 1), window);
      for (let t = 0; t < labels.length; t++) {
        const [above, below] = [upper * deviation[t]!, -lower * deviation[t]!];
        labels[t] = 1;
        for (let k = 1; k <= horizon; k++) {
          const move = Math.log(close[t + k]! / close[t]!);
          if (move <= above && move >= below) continue;
          labels[t] = move > above ? 2 : move < below ? 0 : 1;
          break;
        }
      }
      return labels;
    },
  };
}
