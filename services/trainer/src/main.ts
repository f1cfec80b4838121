import { runService } from '@ml-training/core';
import { consume } from './consume.ts';

await runService('trainer', consume);
