export { featureNames, featureWindow, featuresHash, hashFeatures } from './names.ts';
export { computeFeatures, sliceBars } from './compute.ts';
export type { FeatureTable } from './compute.ts';
