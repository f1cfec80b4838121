// What a bot imports: the model in use of a strategy and symbol, and its answer for the last bars. docs/bots.md shows how.
export { openModel, type OpenModel, type OpenOptions } from './open.ts';
export { loadModelFile } from '@ml-training/inference';
export type {
  Answer,
  Bar,
  BarColumns,
  BarsInput,
  Holding,
  LoadedModel,
  ModelInfo,
} from '@ml-training/inference';
