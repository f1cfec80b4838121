// Trains a strategy as a default job does, on series whose rule is known, and tells of which of them it is said
// that something was found: by the accuracy on its holdout, by the holdout's AUC, and by that and what was walked
// forward.
import { findEdges, loadStrategy, type Bars } from '@ml-training/strategies';
import { sliceBars } from '../../../packages/strategies/src/features/index.ts';
import { seriesOfCase, type PowerCase } from '../harness/power-cases.ts';
import { answer, moment, readJob, timedContext, type JobWith } from './job.ts';

const job = readJob() as JobWith<{ type: string; of: PowerCase; seeds: readonly number[] }>;
const strategy = await loadStrategy(job.type);
const values = {
  byAccuracy: [] as number[],
  byHoldout: [] as number[],
  walked: [] as number[],
  share: [] as number[],
};
const seconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const start = moment();
for (const seed of job.seeds) {
  const bars: Bars = sliceBars(seriesOfCase(job.of, 1, seed)[0]!.bars, { from: 0, to: job.of.bars });
  const request = { bars: [bars], seed: 42, threads: job.threads, params: {} };
  const { context } = timedContext();
  const began = seconds();
  const { artefact, report, predictions } = await strategy.train(request, context);
  const trained = seconds();
  const edgeOver = async (folds: number): Promise<number> => {
    const question = {
      ...request,
      filled: { ...artefact.params, walk_forward_folds: folds },
      report,
      predictions,
    };
    return Number((await findEdges(strategy, question, context)).edges.get(bars.symbol)?.found === true);
  };
  values.byHoldout.push(await edgeOver(0));
  const asked = seconds();
  values.walked.push(await edgeOver(Number(artefact.params['walk_forward_folds'])));
  values.share.push((seconds() - asked) / (trained - began));
  const [{ metrics, intervals, baselines }] = report.symbols as unknown as [
    {
      metrics: Record<string, number>;
      intervals: Record<string, { low: number }>;
      baselines: Record<string, Record<string, number>>;
    },
  ];
  const chance = Math.max(baselines.majority_class?.accuracy ?? 0.5, 0.5);
  values.byAccuracy.push(Number((intervals.accuracy?.low ?? 0) > chance && (metrics.accuracy ?? 0) > chance));
}
answer(start, moment(), { values });
