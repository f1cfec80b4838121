import { enableCompileCache } from 'node:module';
import { noteCode } from './code-sum.ts';

// What V8 compiled and Node stripped of types is kept in the temporary folder for the next process: a job of
// the LSTM on 1,000 bars takes 0.85 s with it and 1.09 s without (4 jobs, one trainer, a process each). Where
// nothing can be written there, nothing is kept.
enableCompileCache();
noteCode();
await import('./process.ts');
