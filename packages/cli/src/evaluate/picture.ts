import type { Interval, SymbolWalk } from '@ml-training/strategies';

/** Characters of the axis; with a label before and a number after it a line has 80. */
const width = 64;

/** What is drawn, the first that a walk has, and what no skill scores by it. */
const drawn = [
  { name: 'auc', title: 'AUC', rule: () => 0.5, margin: 0.05, missing: 'all rows went one way' },
  { name: 'rank_ic', title: 'rank IC', rule: () => 0, margin: 0.05, missing: 'all rows were alike' },
  {
    name: 'balanced_accuracy',
    title: 'balanced accuracy',
    // One over the number of classes that came.
    rule: ({ pooled }: SymbolWalk) => pooled.baselines['majority_class']?.['balanced_accuracy'] ?? 0,
    margin: 0.05,
    missing: 'too few rows',
  },
] as const;

/**
 * 95 % intervals of the AUC, of a regression's rank IC or of several classes' balanced accuracy, a line a fold
 * and one of all rows, with a rule at what no skill scores; at most 80 columns. Empty where a walk has none.
 */
export function scorePicture(walk: SymbolWalk): string {
  const { folds, pooled } = walk;
  const score = drawn.find(({ name }) => [pooled, ...folds].some(({ metrics }) => name in metrics));
  if (score === undefined) return '';
  const rule = score.rule(walk);
  const lines = [
    ...folds.map(({ metrics, intervals }, k) => ({ label: `fold ${k + 1}`, metrics, intervals })),
    { label: 'all', metrics: pooled.metrics, intervals: pooled.intervals },
  ].map(({ label, metrics, intervals }) => ({
    label,
    value: metrics[score.name],
    bounds: intervals[score.name],
  }));
  const edges = lines.flatMap(({ value, bounds }) => [
    value ?? rule,
    bounds?.low ?? rule,
    bounds?.high ?? rule,
  ]);
  const low = Math.min(rule - score.margin, ...edges);
  const high = Math.max(rule + score.margin, ...edges);
  const place = (value: number): number => Math.round(((value - low) / (high - low)) * (width - 1));
  const half = place(rule);
  const title = `${score.title} ${low.toFixed(2)}`;
  const shownRule = String(Number(rule.toFixed(2)));
  return [
    (title.padEnd(8 + half - 1) + ' '.repeat(title.length >= 8 + half - 1 ? 1 : 0) + shownRule).padEnd(
      8 + width - 4,
    ) + high.toFixed(2),
    ...lines.map(({ label, value, bounds }) =>
      value === undefined || bounds === undefined
        ? `${label.padEnd(8)}${' '.repeat(half)}│  (${score.missing})`
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
