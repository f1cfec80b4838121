export type { Bars } from '@ml-training/sdk';
export { checkBarTable, columnsInWords } from './check-table.ts';
export { importBars } from './import.ts';
export { readWindow, withClosedInputs } from './inputs.ts';
export { newestBars } from './newest.ts';
export { quietSymbols, type Quiet } from './quiet.ts';
export { findGaps, type Gap } from './gaps.ts';
export {
  listSymbolOverviews,
  overviewJson,
  overviewsOf,
  pauseJson,
  readCloses,
  thinOut,
  type SymbolOverview,
} from './overview.ts';
export { barsIn, refuseForeign, type BarRows } from './source.ts';
export { barsSha256, listSymbols, readBars, readBarsBetween } from './read.ts';
