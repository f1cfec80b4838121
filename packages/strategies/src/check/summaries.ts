// What a strategy's columns and labels look like, for whoever wrote it.
import type { FeatureTable } from '../features/index.ts';

/** A feature on the bars that it was computed of. */
export interface FeatureSummary {
  readonly name: string;
  /** Of the newest bars, oldest first; null for what is no finite number. */
  readonly last: readonly (number | null)[];
  /** Of its finite values from bar window - 1 on; null where there are none. */
  readonly min: number | null;
  readonly mean: number | null;
  readonly max: number | null;
  readonly deviation: number | null;
  /** Values from bar window - 1 on that are no finite numbers; there must be none. */
  readonly not_finite: number;
  /** Its first bar that has a finite value, from 0; null where none has. */
  readonly first_finite: number | null;
  /** The same at every bar, so that nothing can be learnt from it. */
  readonly constant: boolean;
}

const lastShown = 3;

/** @param from the bar that a row's window is first whole at */
export function featureSummaries({ names, rows, cols, data }: FeatureTable, from: number): FeatureSummary[] {
  return names.map((name, c) => {
    const value = (t: number): number => data[t * cols + c]!;
    const shown = Math.min(lastShown, rows);
    const whole = Array.from({ length: Math.max(0, rows - from) }, (_, i) => value(from + i));
    const finite = whole.filter(Number.isFinite);
    let first = 0;
    while (first < rows && !Number.isFinite(value(first))) first += 1;
    const { min, mean, max, deviation } = momentsOf(finite);
    return {
      name,
      last: Array.from({ length: shown }, (_, i) => finiteOrNull(value(rows - shown + i))),
      min,
      mean,
      max,
      deviation,
      not_finite: whole.length - finite.length,
      first_finite: first === rows ? null : first,
      constant: finite.length > 1 && min === max,
    };
  });
}

/** The labels of the rows that are learnt from. */
export type LabelSummary = { readonly rows: number } & (
  | { readonly classes: readonly { readonly name: string; readonly rows: number; readonly share: number }[] }
  | {
      readonly mean: number | null;
      readonly deviation: number | null;
      readonly quantiles: Readonly<Record<string, number | null>>;
    }
);

const quantiles = [0.05, 0.25, 0.5, 0.75, 0.95];

/** @param classNames of classes, in the order of their numbers; null for labels that are values */
export function labelSummary(labels: ArrayLike<number>, classNames: readonly string[] | null): LabelSummary {
  const values = Array.from(labels);
  const rows = values.length;
  if (classNames === null) {
    const sorted = values.toSorted((a, b) => a - b);
    const { mean, deviation } = momentsOf(values);
    return {
      rows,
      mean,
      deviation,
      quantiles: Object.fromEntries(
        quantiles.map((q) => [String(q), sorted[Math.round(q * (rows - 1))] ?? null]),
      ),
    };
  }
  return {
    rows,
    classes: classNames.map((name, number) => {
      const count = values.filter((value) => value === number).length;
      return { name, rows: count, share: rows === 0 ? 0 : count / rows };
    }),
  };
}

function momentsOf(values: readonly number[]) {
  if (values.length === 0) return { min: null, mean: null, max: null, deviation: null };
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
  }
  const mean = sum / values.length;
  const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0);
  return { min, mean, max, deviation: Math.sqrt(squares / values.length) };
}

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
