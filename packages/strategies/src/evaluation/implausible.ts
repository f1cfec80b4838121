// Rows that no score may rest on, and the words for them.
import { canBeJudged, implausibleBars } from '@ml-training/sdk';
import type { Bars, RowRange } from '../strategy.ts';

export { implausibleBars } from '@ml-training/sdk';

/** For whoever is to look at the bars; null where all are plausible. */
export function implausibleInWords(bars: Bars): string | null {
  const all = implausibleBars(bars);
  if (all.length === 0) return null;
  const shown = all.slice(-maxShown).map(({ bar, move }) => {
    return `${move > 0 ? '+' : '−'}${Math.abs(100 * move).toFixed(1)} % at ${shownTime(bars.time[bar]!)}`;
  });
  const more = all.length > shown.length ? ` and ${all.length - shown.length} earlier ones` : '';
  return (
    `${bars.symbol}: no market makes such a move of the close from one bar to the next: ` +
    `${shown.join(', ')}${more}. Rows whose label or position crosses it are left out of all scores; look ` +
    'whether it is a split that prices were not adjusted for, or a wrong price'
  );
}

/** PostgreSQL's infinity is no date. */
const shownTime = (time: number): string =>
  Number.isNaN(new Date(time).getTime())
    ? `the time ${time}`
    : `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const maxShown = 5;

/**
 * The rows of `range` that can be judged: those from whose close to that of their label, `horizon` bars on,
 * nor to the next close, no implausible bar lies, and none that is off the symbol's grid. Ascending.
 */
export function judgedRows(bars: Bars, { from, to }: RowRange, horizon: number): Int32Array {
  const rows = Int32Array.from({ length: to - from }, (_, i) => from + i);
  return rows.filter(canBeJudged(bars, Math.max(1, horizon)));
}
