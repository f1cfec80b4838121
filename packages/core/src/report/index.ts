export { holdoutCsv } from './csv.ts';
export { reportFacts } from './facts.ts';
export { reportPage } from './page.ts';
