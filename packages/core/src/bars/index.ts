export type { Bars } from '@ml-training/sdk';
export { checkBarTable, columnsInWords } from './check-table.ts';
export {
  checkBars,
  findingKinds,
  type CheckOptions,
  type DataCheck,
  type Finding,
  type FindingKind,
} from './check/index.ts';
export { checkNewest, inShort, notSaid, shortFindings, type ShortFinding } from './check/newest.ts';
export { admitBars, checkJson, refusalWords, type Admitted, type CheckSettings } from './check/admit.ts';
export { clearSplits, splitInWords, type AdjustedSplit, type Split } from './adjust-splits.ts';
export { columns as barColumns, quote, type Bar } from './bar.ts';
export {
  barSymbolProblem,
  createOrderCheck,
  pricesProblem,
  valuesProblem,
  type BarOrder,
  type BarRules,
  type Place,
} from './check-bar.ts';
export { importBars, rulesOf, storeBars, type BarSource } from './import.ts';
export {
  collectProblems,
  csvProblem,
  readBarsCsv,
  unreadableFile,
  type Batch,
  type Content,
} from './parse-csv.ts';
export { barsPlace, barsPlaceOf, noBarsWords, type BarsPlace } from './place.ts';
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
export { parseBarTime } from './time.ts';
export { barsSha256, listSymbols, readBars, readBarsBetween } from './read.ts';
