import { runService } from '@ml-training/core';
import { schedule } from './schedule.ts';

await runService('scheduler', schedule);
