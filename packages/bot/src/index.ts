// What a bot imports: the model in use and its answer for the
// last bars, trainings by its ticks. docs/bots.md shows how.
export { createTicker, type Ticker, type TickerOptions } from './ticker.ts';
export { openModel, type OpenModel, type OpenOptions } from './open.ts';
export { loadModelFile } from './file.ts';
export type {
  Answer,
  Bar,
  BarColumns,
  BarsInput,
  BarWithColumns,
  Besides,
  Explanation,
  Holding,
  InputsGiven,
  LoadedModel,
  ModelInfo,
} from '@ml-training/inference';
