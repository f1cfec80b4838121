export type { Bars } from './bar.ts';
export { importBars } from './import.ts';
export { newestBars } from './newest.ts';
export { barsSha256, listSymbols, readBars, readBarsBetween } from './read.ts';
