// Trains a strategy as a default job does, on series whose rule is known, and asks each model for the bars that
// come after: accuracy and AUC of the first symbol's, and whether its own report takes it for better than chance.
import { loadStrategy, type Bars, type Plain } from '@ml-training/strategies';
import { auc } from '../../../packages/strategies/src/evaluation/metrics.ts';
import { sliceBars } from '../../../packages/strategies/src/features/index.ts';
import { seriesOfCase, type PowerCase } from '../harness/power-cases.ts';
import { answer, moment, readJob, timedContext, type JobWith } from './job.ts';

const job = readJob() as JobWith<{
  type: string;
  of: PowerCase;
  seeds: readonly number[];
  later: number;
  params: Record<string, Plain>;
}>;
const strategy = await loadStrategy(job.type);
const values = { accuracy: [] as number[], auc: [] as number[], clears: [] as number[] };
const start = moment();
for (const seed of job.seeds) {
  const all = seriesOfCase(job.of, job.later, seed).map(({ bars }) => bars);
  const known = (bars: Bars): Bars => sliceBars(bars, { from: 0, to: job.of.bars });
  const request = { bars: all.map(known), seed: 42, threads: job.threads, params: job.params };
  const { artefact, report } = await strategy.train(request, timedContext().context);
  const [judged] = all;
  const rows = { from: job.of.bars, to: job.of.bars + job.later - 1 };
  const predictor = await strategy.load(artefact);
  const { score } = await predictor.predict(judged!, rows);
  predictor.dispose();
  const rose = Uint8Array.from(score, (_, i) =>
    Number(judged!.close[rows.from + i + 1]! > judged!.close[rows.from + i]!),
  );
  values.accuracy.push(
    score.reduce((sum, p, i) => sum + Number(p > 0.5 === (rose[i] === 1)), 0) / rose.length,
  );
  values.auc.push(auc(score, rose) ?? 0.5);
  const [{ metrics, intervals, baselines }] = report.symbols as unknown as [
    {
      metrics: Record<string, number>;
      intervals: Record<string, { low: number }>;
      baselines: Record<string, Record<string, number>>;
    },
  ];
  const chance = Math.max(baselines.majority_class?.accuracy ?? 0.5, 0.5);
  values.clears.push(Number((intervals.accuracy?.low ?? 0) > chance && (metrics.accuracy ?? 0) > chance));
}
answer(start, moment(), { values });
