export { metricHistory, metricNames, type MetricSeries } from './history.ts';
export { heldSeconds } from './held.ts';
