import { loadStrategy, type Bars, type Plain } from '@ml-training/strategies';
import { applyScaler, directionLabels } from '../../../packages/strategies/src/evaluation/index.ts';
import { computeFeatures } from '../../../packages/strategies/src/features/index.ts';

/** Scaled rows of several symbols, row-major, and their labels. */
export interface LabelledRows {
  readonly data: Float64Array;
  readonly labels: Uint8Array;
  readonly cols: number;
}

/** The rows that our ensemble is fitted on, and the holdout rows of all symbols one after the other. */
export async function poolArrays(
  bars: readonly Bars[],
  params: Readonly<Record<string, Plain>>,
): Promise<{ readonly train: LabelledRows; readonly holdout: LabelledRows }> {
  const { scaler, symbols } = (await loadStrategy('ensemble')).prepare(bars, params);
  const scaled = (features: Float64Array) => applyScaler({ kind: 'standard', ...scaler }, features);
  const holdouts = symbols.map(({ symbol, holdout: { from, to } }) => {
    const own = bars.find((one) => one.symbol === symbol)!;
    const { data, cols } = computeFeatures(own);
    return {
      features: data.subarray(from * cols, to * cols),
      labels: directionLabels(own.close, 1).subarray(from, to),
    };
  });
  const cols = scaler.mean.length;
  return {
    train: {
      data: scaled(
        joined(
          Float64Array,
          symbols.map(({ train }) => train.features),
        ),
      ),
      labels: joined(
        Uint8Array,
        // A direction's, 0 or 1.
        symbols.map(({ train }) => Uint8Array.from(train.labels)),
      ),
      cols,
    },
    holdout: {
      data: scaled(
        joined(
          Float64Array,
          holdouts.map(({ features }) => features),
        ),
      ),
      labels: joined(
        Uint8Array,
        holdouts.map(({ labels }) => labels),
      ),
      cols,
    },
  };
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
