export { nextEntries, type NextEntry } from './next.ts';
export { estimateQueue, inOrder, scheduleRun, type QueueEstimate, type RunPlan } from './plan.ts';
