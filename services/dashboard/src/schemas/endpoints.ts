import type { Health } from './health.ts';
import type { RequestedRun, TrainBody } from './train.ts';
import type { Static } from 'typebox';

/** What the page asks for and what comes back: the very schemas that the API checks and documents, as types only. */
export interface Endpoints {
  'GET /api/health': { answer: Health };
  'POST /api/train': { body: Static<typeof TrainBody>; answer: RequestedRun };
  'POST /api/runs': { answer: RequestedRun };
}
