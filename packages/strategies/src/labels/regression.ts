import type { LabelDefinition } from '../strategy.ts';

/** The return from a row's close to that `horizon` bars later, as a logarithm or as a share. */
export const futureReturn = (
  { horizon }: { readonly horizon: number },
  of: 'log_return' | 'return',
): LabelDefinition => ({
  task: 'regression',
  classes: [],
  label: { kind: 'regression', horizon, of },
  firstRow: 0,
  of: ({ close }) =>
    Float64Array.from({ length: Math.max(0, close.length - horizon) }, (_, t) => {
      const ratio = close[t + horizon]! / close[t]!;
      return of === 'return' ? ratio - 1 : Math.log(ratio);
    }),
});
