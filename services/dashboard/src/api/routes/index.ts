import type { Routes } from '../route.ts';
import { attentionRoutes } from './attention.ts';
import { championRoutes } from './champions.ts';
import { eventRoutes } from './events.ts';
import { healthRoutes } from './health.ts';
import { jobRoutes } from './jobs.ts';
import { queueRoutes } from './queue.ts';
import { runRoutes } from './runs.ts';
import { scheduleRoutes } from './schedule.ts';
import { symbolRoutes } from './symbols.ts';
import { metricRoutes } from './metrics.ts';
import { modelSwitchRoutes } from './model-switch.ts';
import { modelReportRoutes } from './model-report.ts';
import { modelRoutes } from './models.ts';
import { predictRoutes } from './predict.ts';
import { outlookRoutes } from './outlook.ts';
import { timelineRoutes } from './timeline.ts';
import { strategyRoutes } from './strategies.ts';
import { trainRoutes } from './train.ts';
import { trainerRoutes } from './trainers.ts';

/** Every subject of the API, a file each. */
export const routes: readonly Routes[] = [
  healthRoutes,
  eventRoutes,
  trainRoutes,
  strategyRoutes,
  jobRoutes,
  queueRoutes,
  runRoutes,
  scheduleRoutes,
  symbolRoutes,
  modelRoutes,
  modelReportRoutes,
  modelSwitchRoutes,
  predictRoutes,
  metricRoutes,
  outlookRoutes,
  timelineRoutes,
  attentionRoutes,
  championRoutes,
  trainerRoutes,
];
