export { metricHistory, metricNames, type MetricSeries } from './history.ts';
