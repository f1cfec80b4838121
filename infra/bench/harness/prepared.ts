import { loadStrategy, type Bars, type Plain } from '@ml-training/strategies';
import { applyScaler, directionLabels } from '../../../packages/strategies/src/evaluation/index.ts';

/**
 * One symbol's arrays as its strategy trains on them: split,
 * scaled and labelled by us, so that both sides get the same.
 */
export interface PreparedArrays {
  /** Scaled features, [bars, cols]; zeros where there is too little history, as our LSTM pads. */
  readonly table: Float32Array;
  readonly cols: number;
  /** 1 where the next close is higher, by bar. */
  readonly labels: Uint8Array;
  readonly parts: Readonly<Record<'train' | 'validation' | 'holdout', readonly [from: number, to: number]>>;
}

export async function prepareArrays(
  type: 'lstm' | 'rl',
  bars: Bars,
  params: Readonly<Record<string, Plain>>,
): Promise<PreparedArrays> {
  const strategy = await loadStrategy(type);
  const { scaler, symbols } = strategy.prepare([bars], params);
  const { train, validation, holdout } = symbols[0]!;
  const features = strategy.features(params).compute(bars);
  const table = Float32Array.from(applyScaler({ kind: 'standard', ...scaler }, features.data));
  table.fill(0, 0, features.firstRow * features.cols);
  return {
    table,
    cols: features.cols,
    labels: directionLabels(bars.close, 1),
    parts: {
      train: hull(train.rows),
      validation: hull(validation.rows),
      holdout: [holdout.from, holdout.to],
    },
  };
}

const hull = (rows: readonly number[]): [number, number] => [rows[0]!, rows.at(-1)! + 1];
