// Which of a data set's train and validation rows a model is asked for that was fitted on others of them.
import type { Dataset, PooledRows } from './dataset.ts';
import { foldsInTime, type Fold } from './evaluation/folds.ts';

/** Rows over all folds together above which there are fewer folds than asked for: the fitting takes long. */
const maxFoldRows = 20_000;
/** Fewer teach nothing; as of the train rows themselves. */
const minFitRows = 20;

/**
 * Folds of the pooled development rows; with one, or where there are too few rows for two, the validation
 * rows are asked of a model fitted on the train rows.
 * @param least fewest folds, however many rows there are.
 * @param embargoShare share of the time between first and last row that is kept between a fold and others.
 */
export function developmentFolds(
  data: Dataset,
  rows: PooledRows,
  {
    count,
    least = 1,
    embargoShare,
  }: { readonly count: number; readonly least?: number; readonly embargoShare: number },
): Fold[] {
  const affordable = Math.max(least, Math.min(count, Math.floor(maxFoldRows / rows.rows)));
  if (affordable >= 2) {
    const first = rows.time.reduce((a, b) => Math.min(a, b), Infinity);
    const last = rows.time.reduce((a, b) => Math.max(a, b), -Infinity);
    const embargo = (last - first) * embargoShare;
    const folds = foldsInTime(rows, { count: affordable, embargo, minFit: minFitRows });
    if (folds.length >= 2) return folds;
  }
  const [fit, ask]: [number[], number[]] = [[], []];
  let row = 0;
  for (const { purged } of data.symbols) {
    for (let i = 0; i < purged.train.length; i++) fit.push(row++);
    for (let i = 0; i < purged.validation.length; i++) ask.push(row++);
  }
  return [{ fit: Uint32Array.from(fit), ask: Uint32Array.from(ask) }];
}
