export { nextEntries, type NextEntry } from './next.ts';
export { estimateQueue, inOrder, scheduleRun, type QueueEstimate } from './plan.ts';
export type { RunPlan } from './decide.ts';
