export type { Bars } from './bar.ts';
export { importBars } from './import.ts';
export { newestBars } from './newest.ts';
export { barsSha256, listSymbols, readBars, readBarsBetween } from './read.ts';
export { findGaps, type Gap, type Gaps } from './gaps.ts';
export {
  barsLookedAt,
  listSymbolOverviews,
  overviewsOf,
  readCloses,
  thinOut,
  type SymbolOverview,
} from './overview.ts';
