export { featureNames, featureWindow, featuresHash, hashFeatures } from './names.ts';
export { checkArtefact } from './check-artefact.ts';
export { computeFeatures } from './compute.ts';
export type { FeatureTable } from './compute.ts';
export { sliceBars } from './slice.ts';
