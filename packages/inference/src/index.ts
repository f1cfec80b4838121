// A model file made ready to answer: for trainers that judge one, for the ml command, and for packages/bot.
export { loadModelFile, loadRegistered } from './files.ts';
export { loadPredictor } from './artefact.ts';
export {
  describeFolder,
  folderState,
  keepStrategies,
  recordFolder,
  type Described,
  type KeptStrategies,
} from './own-strategies.ts';
export { inputsOf } from './bars.ts';
export type { Bar, BarColumns, BarsInput, BarWithColumns, InputsGiven } from './bars.ts';
export type { Answer, Besides, Holding, LoadedModel, LoadOptions, ModelInfo } from './loaded.ts';
export type { Explanation } from '@ml-training/strategies';
