// Trains our ensemble by its public interface, after a small training that warms up; the time is that of all
// stages between making features and judging: growing and fitting the members and weighing their votes.
import { loadStrategy, type Plain } from '@ml-training/strategies';
import { ensembleBars } from '../harness/bars.ts';
import { answer, moment, readJob, timedContext, type JobWith } from './job.ts';

const job = readJob() as JobWith<{ seed: number; bars: 'sample' | 'planted'; params: Record<string, Plain> }>;
const bars = ensembleBars(job.bars);
const ensemble = await loadStrategy('ensemble');
const request = { bars, seed: job.seed, threads: job.threads };
const warmUp = { ...job.params, num_boost_round: 5, forest_trees: 5 };
await ensemble.train({ ...request, params: warmUp }, timedContext().context);

const { context, stages } = timedContext();
const { artefact, report } = await ensemble.train({ ...request, params: job.params }, context);
const around = [...stages, { name: 'end', ...moment() }];
const first = around.find(({ name }) => name !== 'features')!;
const judging = around.find(({ name }) => ['judging', 'evaluation', 'done', 'end'].includes(name))!;

const predictor = await ensemble.load(artefact);
const probability: number[] = [];
for (const { symbol, holdout } of report.symbols)
  probability.push(
    ...(
      await predictor.predict(
        bars.find((one) => one.symbol === symbol)!,
        holdout,
      )
    ).score,
  );
answer(first, judging, { probability });
