// Gradient boosting by our binding of LightGBM: data set, rounds; after a small one that warms up.
import { loadLightGbm, type LightGbmParams } from '@ml-training/native';
import type { ArrayFile } from '../harness/arrays.ts';
import { answer, moment, readFloats, readJob, type JobWith } from './job.ts';

const job = readJob() as JobWith<{
  arrays: Record<'train' | 'train_labels' | 'holdout', ArrayFile>;
  params: LightGbmParams;
  rounds: number;
}>;
const matrixOf = (array: ArrayFile) => ({
  data: readFloats(job.folder, array),
  rows: array.shape[0]!,
  cols: array.shape[1]!,
});
const train = matrixOf(job.arrays.train);
const label = Float32Array.from(readFloats(job.folder, job.arrays.train_labels));
const holdout = matrixOf(job.arrays.holdout);
const lightGbm = loadLightGbm({ threads: job.threads });
const params = { ...job.params, num_threads: job.threads };

function fit(rounds: number): Float64Array {
  using dataset = lightGbm.createDataset(train, { label }, params);
  using booster = lightGbm.createBooster(dataset, params);
  for (let round = 0; round < rounds; round++) booster.updateOneIter();
  end = moment();
  return booster.predict(holdout);
}

let end = moment();
fit(5);
const start = moment();
const probability = fit(job.rounds);
answer(start, end, { probability: [...probability] });
