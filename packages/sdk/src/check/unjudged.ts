// Bars that no score may rest on.
import type { Bars } from '../types.ts';
import { gridOf, type Grid } from './grid.ts';
import { implausibleBars } from './moves.ts';

const grids = new WeakMap<Bars, Grid>();

/** As `gridOf`, looked at once. */
export function gridOfBars(bars: Bars): Grid {
  const known = grids.get(bars);
  if (known !== undefined) return known;
  const grid = gridOf(bars.time);
  grids.set(bars, grid);
  return grid;
}

/**
 * Whether a score may rest on a row: not where an implausible move or a split lies between its close and that of
 * its label, `reach` bars on, nor where its own bar or one of those is off the symbol's grid.
 */
export function canBeJudged(bars: Bars, reach: number): (row: number) => boolean {
  const crossed = implausibleBars(bars);
  const { offGrid } = gridOfBars(bars);
  if (crossed.length === 0 && offGrid.length === 0) return () => true;
  const never = new Set<number>();
  for (const { bar } of crossed) for (let row = bar - reach; row < bar; row++) never.add(row);
  for (const bar of offGrid) for (let row = bar - reach; row <= bar; row++) never.add(row);
  return (row) => !never.has(row);
}
