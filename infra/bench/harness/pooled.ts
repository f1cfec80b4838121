import { loadStrategy, type Bars, type Plain } from '@ml-training/strategies';
import { applyScaler, directionLabels } from '../../../packages/strategies/src/evaluation/index.ts';
import { computeFeatures } from '../../../packages/strategies/src/features/index.ts';

/** Scaled rows of several symbols, row-major, and their labels. */
export interface LabelledRows {
  readonly data: Float64Array;
  readonly labels: Uint8Array;
  readonly cols: number;
}

/**
 * The rows that our ensemble is given before the holdout, and the holdout rows, of all symbols one after
 * the other.
 * @param learnt its train rows alone, or those and the validation rows, from all of which it learns.
 */
export async function poolArrays(
  bars: readonly Bars[],
  params: Readonly<Record<string, Plain>>,
  learnt: 'train' | 'train and validation' = 'train',
): Promise<{ readonly train: LabelledRows; readonly holdout: LabelledRows }> {
  const { scaler, symbols } = (await loadStrategy('ensemble')).prepare(bars, params);
  const scaled = (features: Float64Array) => applyScaler({ kind: 'standard', ...scaler }, features);
  const cols = scaler.mean.length;
  const pieces = symbols.map(({ symbol, train, validation, holdout: { from, to } }) => {
    const own = bars.find((one) => one.symbol === symbol)!;
    const { data } = computeFeatures(own);
    const labels = directionLabels(own.close, 1);
    const pick = (rows: readonly number[]) => ({
      features: Float64Array.from({ length: rows.length * cols }, (_, i) => {
        const row = rows[Math.floor(i / cols)]!;
        return data[row * cols + (i % cols)]!;
      }),
      labels: Uint8Array.from(rows, (row) => labels[row]!),
    });
    return {
      train: pick(learnt === 'train' ? train.rows : [...train.rows, ...validation.rows]),
      holdout: pick(Array.from({ length: to - from }, (_, i) => from + i)),
    };
  });
  const pooled = (part: 'train' | 'holdout'): LabelledRows => ({
    data: scaled(
      joined(
        Float64Array,
        pieces.map((piece) => piece[part].features),
      ),
    ),
    labels: joined(
      Uint8Array,
      pieces.map((piece) => piece[part].labels),
    ),
    cols,
  });
  return { train: pooled('train'), holdout: pooled('holdout') };
}

function joined<T extends Float64Array | Uint8Array>(
  kind: new (length: number) => T,
  pieces: readonly T[],
): T {
  const all = new kind(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
