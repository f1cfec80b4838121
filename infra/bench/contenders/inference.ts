// One prediction at a time from a loaded model, as a bot makes them; the model is trained here first.
import { loadStrategy, type Plain, type StrategyType } from '@ml-training/strategies';
import { sliceBars } from '../../../packages/strategies/src/features/index.ts';
import { sampleBars, sampleSymbols } from '../harness/bars.ts';
import { quantile } from '../harness/statistics.ts';
import { answer, moment, readJob, timedContext, type JobWith } from './job.ts';

const job = readJob() as JobWith<{
  strategy: StrategyType;
  params: Record<string, Plain>;
  predictions: number;
}>;
const strategy = await loadStrategy(job.strategy);
const symbols = strategy.scope === 'all' ? sampleSymbols : sampleSymbols.slice(0, 1);
const bars = symbols.map((symbol) => sampleBars(symbol, 2_000));
const request = { bars, params: job.params, seed: 1, threads: job.threads };
const { artefact } = await strategy.train(request, timedContext().context);

const loading = performance.now();
const predictor = await strategy.load(artefact);
const loadMs = performance.now() - loading;

const { window } = artefact;
const newest = bars[0]!;
/** What a bot has: the bars that one prediction looks at, the newest of them one later each time. */
const history = (turn: number) => {
  const from = turn % (newest.time.length - window);
  return sliceBars(newest, { from, to: from + window });
};
const row = { from: window - 1, to: window };
for (let i = 0; i < 200; i++) await predictor.predict(history(i), row);
const start = moment();
const took: number[] = [];
for (let i = 0; i < job.predictions; i++) {
  const given = history(i);
  const began = performance.now();
  await predictor.predict(given, row);
  took.push(performance.now() - began);
}
const end = moment();
took.sort((a, b) => a - b);
answer(start, end, { figures: { loadMs, p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99) } });
