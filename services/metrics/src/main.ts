import { runService } from '@ml-training/core';
import { exportMetrics } from './exporter.ts';

await runService('metrics', exportMetrics);
