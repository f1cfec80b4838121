// Scores in words and their differences, for the page and for reports. The numbers are those that judging
// computed; nothing here makes new ones but subtraction.

export type ScoreName =
  | 'accuracy'
  | 'balanced_accuracy'
  | 'auc'
  | 'log_loss'
  | 'rank_ic'
  | 'ic'
  | 'r2'
  | 'rmse'
  | 'return'
  | 'sharpe';

/** A score and its 95 % interval; null is what is not defined. */
interface ShownScore {
  readonly name: ScoreName;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

interface Kind {
  readonly title: string;
  readonly digits: number;
  /** Shown so many times as large. */
  readonly scale: number;
  readonly unit: string;
  /** 1 where more is better, −1 where less is. */
  readonly sign: 1 | -1;
  /** Half of what a picture of differences spans. */
  readonly span: number;
}

export const kinds: Readonly<Record<ScoreName, Kind>> = {
  accuracy: { title: 'accuracy', digits: 3, scale: 1, unit: '', sign: 1, span: 0.15 },
  balanced_accuracy: { title: 'balanced accuracy', digits: 3, scale: 1, unit: '', sign: 1, span: 0.15 },
  auc: { title: 'AUC', digits: 3, scale: 1, unit: '', sign: 1, span: 0.2 },
  log_loss: { title: 'log loss', digits: 4, scale: 1, unit: '', sign: -1, span: 0.1 },
  rank_ic: { title: 'rank IC', digits: 3, scale: 1, unit: '', sign: 1, span: 0.2 },
  ic: { title: 'IC', digits: 3, scale: 1, unit: '', sign: 1, span: 0.2 },
  r2: { title: 'R² against zero', digits: 2, scale: 100, unit: ' %', sign: 1, span: 0.1 },
  // In the label's unit, often the return of a bar.
  rmse: { title: 'RMSE', digits: 6, scale: 1, unit: '', sign: -1, span: 0.005 },
  return: { title: 'return', digits: 1, scale: 100, unit: ' %', sign: 1, span: 0.5 },
  sharpe: { title: 'Sharpe', digits: 2, scale: 1, unit: '', sign: 1, span: 4 },
};
export const scoreNames = Object.keys(kinds) as ScoreName[];
export const isScoreName = (name: string | null): name is ScoreName =>
  name !== null && Object.hasOwn(kinds, name);

/** As docs/judging.md calls the rules. */
const rules: Readonly<Record<string, string>> = {
  majority_class: 'majority class',
  last_direction: 'last direction',
  last_class: 'last class',
  zero: 'always zero',
  train_mean: 'mean of training',
  last_return: 'last return',
  buy_and_hold: 'buy and hold',
  always_flat: 'always flat',
};
export const ruleNames = Object.keys(rules);
export const ruleName = (rule: string | null): string => (rule === null ? '' : (rules[rule] ?? rule));

const minus = (text: string): string => text.replace('-', '−');
/** With a true minus, and none before a zero. */
export const fixed = (value: number, digits: number): string => {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace('-', '') : minus(text);
};

/** A value of a score with its unit: `0.531`, `−1.6 %`. */
export function valueOf(name: ScoreName, value: number | null): string {
  if (value === null) return '–';
  const { digits, scale, unit } = kinds[name];
  return `${fixed(scale * value, digits)}${unit}`;
}

/** Of fewer judging gives no Sharpe ratio. */
const minSharpeRows = 60;

/**
 * A score and how sure it is: `0.531 ± 0.070`, or `−1.6 % (−9.3 to 6.8)` where its interval is not even.
 * @param rows how many it is of, where that may be why there is none
 */
export function scoreText({ name, value, low, high }: ShownScore, rows: number | null = null): string {
  if (name === 'sharpe' && value === null && rows !== null && rows < minSharpeRows) return 'too few rows';
  const own = valueOf(name, value);
  if (value === null || low === null || high === null) return own;
  const { digits, scale, unit } = kinds[name];
  const [down, up] = [value - low, high - value].map((part) => scale * part) as [number, number];
  if (Math.abs(down - up) <= 0.1 * Math.max(down, up))
    return `${fixed(scale * value, digits)} ± ${Math.max(down, up).toFixed(digits)}${unit}`;
  return `${own} (${fixed(scale * low, digits)} to ${fixed(scale * high, digits)})`;
}

/** By how much one value is better than another: above 0 means better, also where less is. */
export const betterBy = (name: ScoreName, value: number | null, than: number | null): number | null =>
  value === null || than === null ? null : kinds[name].sign * (value - than);

/** A difference with its sign: `+0.012`, `−1.6 %`, `0.000`. */
export function differenceText(name: ScoreName, difference: number | null): string {
  if (difference === null) return '–';
  const { digits, scale, unit } = kinds[name];
  const text = Math.abs(scale * difference).toFixed(digits);
  return `${Number(text) === 0 ? '' : difference < 0 ? '−' : '+'}${text}${unit}`;
}

/** The fall from the highest capital so far at each row, as a share of it; its largest is max_drawdown. */
export function drawdownOf(equity: readonly number[]): number[] {
  let peak = 1;
  return equity.map((capital) => {
    peak = Math.max(peak, capital);
    return 1 - capital / peak;
  });
}
