import type { Health } from './health.ts';
import type { RunDetail, RunJobs, RunJobStatus, Runs, SkippedPairs } from './runs.ts';
import type { Schedule, ScheduleQuery } from './schedule.ts';
import type { Bars, BarsQuery, SymbolsPage, SymbolsQuery } from './symbols.ts';
import type { RequestedRun, TrainBody } from './train.ts';
import type { Static } from 'typebox';

type Paging = { readonly limit?: number; readonly cursor?: string };

/** What the page asks for and what comes back: the very schemas that the API checks and documents, as types only. */
export interface Endpoints {
  'GET /api/health': { answer: Health };
  'GET /api/schedule': { query: Static<typeof ScheduleQuery>; answer: Schedule };
  'GET /api/runs': { query: Paging; answer: Static<typeof Runs> };
  'GET /api/runs/:id': { answer: RunDetail };
  'GET /api/runs/:id/jobs': { query: Paging & Static<typeof RunJobStatus>; answer: Static<typeof RunJobs> };
  'GET /api/runs/:id/skipped': { query: Paging; answer: Static<typeof SkippedPairs> };
  'GET /api/symbols': { query: Static<typeof SymbolsQuery>; answer: Static<typeof SymbolsPage> };
  'GET /api/symbols/bars': { query: Static<typeof BarsQuery>; answer: Bars };
  'POST /api/train': { body: Static<typeof TrainBody>; answer: RequestedRun };
  'POST /api/runs': { answer: RequestedRun };
}
