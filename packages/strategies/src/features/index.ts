export { definitionsVersion, hashFeatures } from './names.ts';
export { checkBars, computeFeatures, featureSetOf, sliceBars } from './compute.ts';
export type { FeatureSet, FeatureTable } from './compute.ts';
export { coverageOf, groupOf, stepOfWords, type InputCoverage } from './inputs.ts';
