// A refit: what was judged is fitted once more on all rows, and that is what is used.
import type { Dataset } from './dataset.ts';
import { invalid, recordOf } from './plain.ts';
import type { Artefact, Plain, RowRange, TrainContext } from './strategy.ts';

/** The model whose scores are told: before it was refitted, where it was. */
export function judgedModel<Of extends Artefact>({ judged, ...model }: Of): Omit<Of, 'judged'> {
  return judged === undefined ? model : { ...model, ...judged };
}

/**
 * Rows of a symbol that are refitted on: all that have a label, from the first one that was learnt from.
 * @param trainBars the newest so many of them; 0: all.
 */
export function allRows({ split }: Dataset['symbols'][number], trainBars: number): RowRange {
  const { from } = split.train;
  const { to } = split.holdout;
  return { from: trainBars === 0 ? from : Math.max(from, to - trainBars), to };
}

/** The data set with all rows as train rows. There is no holdout left to keep other symbols' rows from. */
export const withAllRows = (data: Dataset, trainBars: number): Dataset => ({
  ...data,
  symbols: data.symbols.map((symbol) => {
    const train = allRows(symbol, trainBars);
    const none = { from: train.to, to: train.to };
    const rows = Array.from({ length: train.to - train.from }, (_, i) => train.from + i);
    return {
      ...symbol,
      split: { train, validation: none, holdout: none },
      purged: { train: rows, validation: [], holdout: none },
    };
  }),
});

/** Share of the work that is the judged fit's. */
const fitShare = 0.6;

/**
 * The contexts of a fit and of the refit after it, in one training: their progress is parts of one, and a
 * checkpoint says in which of them it was kept. Where it was in the refit, the fit goes on from its own last one
 * and comes to the same end.
 */
export function contextsOf(context: TrainContext): {
  readonly fit: TrainContext;
  readonly refit: TrainContext;
} {
  const kept = context.resume === null ? null : recordOf(context.resume, 'checkpoint');
  if (kept !== null && (kept.fit === undefined || kept.refit === undefined))
    throw invalid('checkpoint', 'does not say whether it is of the fit or of the refit');
  let ofFit: Plain = kept?.fit ?? null;
  return {
    fit: {
      ...context,
      resume: ofFit,
      progress: (fraction, stage) => context.progress(fitShare * fraction, stage),
      checkpoint: (state) =>
        context.checkpoint(() => {
          ofFit = state();
          return { fit: ofFit, refit: null };
        }),
    },
    refit: {
      ...context,
      resume: kept?.refit ?? null,
      progress: (fraction) => context.progress(fitShare + (1 - fitShare) * fraction, 'refitting'),
      // The curves are those of the fit that was judged.
      epoch: () => undefined,
      checkpoint: (state) => context.checkpoint(() => ({ fit: ofFit, refit: state() })),
    },
  };
}
