import type { Fold, Pooled, RefitWalk, SymbolWalk } from '@ml-training/strategies';
import { table } from '../output.ts';

type Scores = Pick<Fold, 'metrics' | 'intervals' | 'baselines'>;

interface Column {
  readonly title: string;
  readonly name: string;
  /** Whether more of it is better. */
  readonly up: boolean;
  readonly show: (value: number) => string;
}

const percent = (value: number): string => (100 * value).toFixed(1);
const fixed =
  (digits: number) =>
  (value: number): string =>
    value.toFixed(digits);
/** Those that a walk has are shown. */
const columns: readonly Column[] = [
  { title: 'accuracy %', name: 'accuracy', up: true, show: percent },
  { title: 'AUC', name: 'auc', up: true, show: fixed(3) },
  { title: 'log loss', name: 'log_loss', up: false, show: fixed(3) },
  { title: 'rank IC', name: 'rank_ic', up: true, show: fixed(3) },
  { title: 'R² %', name: 'r2', up: true, show: (value) => (100 * value).toFixed(2) },
  { title: 'RMSE', name: 'rmse', up: false, show: (value) => value.toPrecision(4) },
  { title: 'return %', name: 'return', up: true, show: percent },
  { title: 'Sharpe', name: 'sharpe', up: true, show: fixed(2) },
];

/**
 * A line a fold, one of all rows together and one of their 95 %
 * intervals; in brackets the best of the naive rules by that score.
 */
export function foldTable({ folds, pooled }: SymbolWalk): string {
  const shown = columns.filter(
    ({ name }) => name === 'sharpe' || [pooled, ...folds].some(({ metrics }) => name in metrics),
  );
  const head = ['fold', 'from', 'to', 'rows', ...shown.map(({ title }) => `${title} (rule)`)];
  const cells = (scores: Scores): string[] => shown.map((column) => beside(column, scores));
  return table(head, [
    ...folds.map((fold, k) => [
      k + 1,
      day(fold.from),
      day(fold.to),
      fold.metrics['rows'] ?? 0,
      ...cells(fold),
    ]),
    ['all', day(folds[0]!.from), day(folds.at(-1)!.to), pooled.metrics['rows'] ?? 0, ...cells(pooled)],
    ['95 %', '', '', '', ...shown.map((column) => interval(column, pooled))],
  ]);
}

/** A line a block: scores of what was judged and, after the arrow, of the same refitted. */
export function refitTable({ folds }: RefitWalk): string {
  const shown = columns.filter(({ name }) => folds.some(({ judged }) => name in judged));
  const both = ({ name, show }: Column, { judged, refitted }: RefitWalk['folds'][number]): string =>
    [judged, refitted].map((of) => (of[name] === undefined ? '–' : show(of[name]))).join(' → ');
  return table(
    ['fold', 'from', 'to', 'rows', ...shown.map(({ title }) => title)],
    folds.map((fold, k) => [
      k + 1,
      day(fold.from),
      day(fold.to),
      fold.judged['rows'] ?? 0,
      ...shown.map((column) => both(column, fold)),
    ]),
  );
}

function beside({ name, up, show }: Column, { metrics, baselines }: Scores): string {
  const own = metrics[name];
  const rules = Object.values(baselines).flatMap((scores) => scores[name] ?? []);
  if (own === undefined) return name === 'sharpe' ? 'too few rows' : '';
  if (rules.length === 0) return show(own);
  return `${show(own)} (${show(up ? Math.max(...rules) : Math.min(...rules))})`;
}

function interval({ name, show }: Column, { intervals }: Pooled): string {
  const found = intervals[name];
  return found === undefined ? '' : `${show(found.low)} to ${show(found.high)}`;
}

const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
