import type { Interval, SymbolWalk } from '@ml-training/strategies';

/** Characters of the axis; with a label before and a number after it a line has 80. */
const width = 64;

/**
 * 95 % intervals of the AUC, a line a fold and one of all rows, with a rule at one half; at most 80 columns.
 */
export function aucPicture({ folds, pooled }: SymbolWalk): string {
  const lines = [
    ...folds.map(({ metrics, intervals }, k) => ({ label: `fold ${k + 1}`, metrics, intervals })),
    { label: 'all', metrics: pooled.metrics, intervals: pooled.intervals },
  ].map(({ label, metrics, intervals }) => ({ label, value: metrics['auc'], bounds: intervals['auc'] }));
  const edges = lines.flatMap(({ value, bounds }) => [value ?? 0.5, bounds?.low ?? 0.5, bounds?.high ?? 0.5]);
  const low = Math.min(0.45, ...edges);
  const high = Math.max(0.55, ...edges);
  const place = (value: number): number => Math.round(((value - low) / (high - low)) * (width - 1));
  const half = place(0.5);
  const title = `AUC ${low.toFixed(2)}`.padEnd(8 + half - 1) + '0.5';
  return [
    title.padEnd(8 + width - 4) + high.toFixed(2),
    ...lines.map(({ label, value, bounds }) =>
      value === undefined || bounds === undefined
        ? `${label.padEnd(8)}${' '.repeat(half)}│  (all rows went one way)`
        : `${label.padEnd(8)}${bar(bounds, value, place, half)} ${value.toFixed(3)}`,
    ),
  ].join('\n');
}

function bar({ low, high }: Interval, value: number, place: (value: number) => number, half: number): string {
  const cells: string[] = Array.from({ length: width }, (_, i) => (i === half ? '│' : ' '));
  const [from, to] = [place(low), place(high)];
  for (let i = from; i <= to; i++) cells[i] = i === half ? '┼' : '─';
  cells[from] = '├';
  cells[to] = '┤';
  cells[place(value)] = '●';
  return cells.join('');
}
