export { hashFeatures } from './names.ts';
export { computeFeatures, featureSetOf, sliceBars } from './compute.ts';
export type { FeatureSet, FeatureTable } from './compute.ts';
