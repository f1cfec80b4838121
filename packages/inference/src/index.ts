// For a bot: the model in use of a strategy and symbol, and its answer for the last bars. docs/inference.md shows how.
export { openModel, type OpenModel, type OpenOptions } from './open.ts';
export { loadModelFile, loadRegistered } from './registry.ts';
export { artefactOf, contentOf, loadPredictor } from './artefact.ts';
export type { Bar, BarColumns, BarsInput } from './bars.ts';
export type { Answer, Holding, LoadedModel, ModelInfo } from './loaded.ts';
