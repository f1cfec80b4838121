import type { Attention } from './attention.ts';
import type { Champions } from './champions.ts';
import type { Health } from './health.ts';
import type { RunDetail, RunJobs, RunJobStatus, Runs, SkippedPairs } from './runs.ts';
import type { Schedule, ScheduleQuery } from './schedule.ts';
import type { Bars, BarsQuery, SymbolsPage, SymbolsQuery } from './symbols.ts';
import type {
  CancelledJob,
  Curves,
  CurvesQuery,
  JobDetail,
  JobsPage,
  JobsQuery,
  Logs,
  LogsQuery,
  RetriedJob,
} from './jobs.ts';
import type { Queue, RequeueBody, RequeuedEntries } from './queue.ts';
import type { History, HistoryQuery } from './metrics.ts';
import type {
  Holdout,
  Live,
  LiveQuery,
  Model,
  ModelsPage,
  ModelsQuery,
  PairsPage,
  PairsQuery,
  PairVersions,
  Switched,
  VersionsQuery,
} from './models.ts';
import type { PredictAnswer, PredictQuery } from './predict.ts';
import type { Outlook } from './outlook.ts';
import type { Timeline, TimelineQuery } from './timeline.ts';
import type { Strategies } from './strategies.ts';
import type { RequestedRun, TrainBody } from './train.ts';
import type { Trainers } from './trainers.ts';
import type { Static } from 'typebox';

type Paging = { readonly limit?: number; readonly cursor?: string };

/**
 * What the page asks for and what comes back: the very schemas that the API checks and documents, as types
 * only.
 */
export interface Endpoints {
  'GET /api/health': { answer: Health };
  'GET /api/schedule': { query: Static<typeof ScheduleQuery>; answer: Schedule };
  'GET /api/runs': { query: Paging; answer: Static<typeof Runs> };
  'GET /api/runs/:id': { answer: RunDetail };
  'GET /api/runs/:id/jobs': { query: Paging & Static<typeof RunJobStatus>; answer: Static<typeof RunJobs> };
  'GET /api/runs/:id/skipped': { query: Paging; answer: Static<typeof SkippedPairs> };
  'GET /api/symbols': { query: Static<typeof SymbolsQuery>; answer: Static<typeof SymbolsPage> };
  'GET /api/symbols/bars': { query: Static<typeof BarsQuery>; answer: Bars };
  'GET /api/outlook': { answer: Outlook };
  'GET /api/timeline': { query: Static<typeof TimelineQuery>; answer: Timeline };
  'GET /api/attention': { answer: Attention };
  'GET /api/champions': { answer: Champions };
  'GET /api/trainers': { answer: Trainers };
  'GET /api/strategies': { answer: Strategies };
  'POST /api/train': { body: Static<typeof TrainBody>; answer: RequestedRun };
  'GET /api/models': { query: Static<typeof ModelsQuery>; answer: ModelsPage };
  'GET /api/models/pairs': { query: Static<typeof PairsQuery>; answer: Static<typeof PairsPage> };
  'GET /api/models/pairs/:strategy': { query: Static<typeof VersionsQuery>; answer: PairVersions };
  'GET /api/models/:id': { answer: Model };
  'GET /api/models/:id/holdout': { answer: Holdout };
  'GET /api/models/:id/live': { query: Static<typeof LiveQuery>; answer: Live };
  'POST /api/models/:id/promote': { answer: Switched };
  'POST /api/models/:strategy/:symbol/rollback': { answer: Switched };
  'GET /api/predict/:strategy/:symbol': { query: Static<typeof PredictQuery>; answer: PredictAnswer };
  'GET /api/metrics/history': { query: Static<typeof HistoryQuery>; answer: History };
  'POST /api/runs': { answer: RequestedRun };
  'GET /api/jobs': { query: Static<typeof JobsQuery>; answer: Static<typeof JobsPage> };
  'GET /api/jobs/:id': { answer: JobDetail };
  'GET /api/jobs/:id/curves': { query: Static<typeof CurvesQuery>; answer: Static<typeof Curves> };
  'GET /api/jobs/:id/logs': { query: Static<typeof LogsQuery>; answer: Static<typeof Logs> };
  'POST /api/jobs/:id/cancel': { answer: Static<typeof CancelledJob> };
  'POST /api/jobs/:id/retry': { answer: Static<typeof RetriedJob> };
  'GET /api/queue': { answer: Queue };
  'POST /api/queue/dead/requeue': {
    body: Static<typeof RequeueBody>;
    answer: Static<typeof RequeuedEntries>;
  };
}
