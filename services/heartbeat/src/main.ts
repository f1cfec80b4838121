import { runService } from '@ml-training/core';
import { keepWriting } from './heartbeat.ts';

await runService('heartbeat', keepWriting);
