// Trains a strategy as a default job does, and with what a search before its holdout has found, on series whose rule is
// known, and asks both models for the bars that come after. Also with the best of the trials, whatever noise there is.
import { strategyOf } from '@ml-training/core';
import {
  developmentBars,
  lastRows,
  loadStrategy,
  spaceOf,
  tune,
  type Bars,
  type Plain,
} from '@ml-training/strategies';
import { rowScores } from '../../../packages/strategies/src/evaluation/index.ts';
import { sliceBars } from '../../../packages/strategies/src/features/index.ts';
import { seriesOfCase, type PowerCase } from '../harness/power-cases.ts';
import { answer, moment, readJob, timedContext, type JobWith } from './job.ts';

const job = readJob() as JobWith<{
  type: string;
  of: PowerCase;
  seeds: readonly number[];
  later: number;
  trials: number;
}>;
const strategy = await loadStrategy(job.type);
const { settings } = strategyOf(job.type);
const space = spaceOf(settings);
const now = Object.fromEntries(space.map(({ name }) => [name, settings[name]!.default as number]));
const seed = 42;

/** Log-likelihood a row on the later bars of a model with these settings. */
async function likelihood(all: Bars, params: Readonly<Record<string, Plain>>): Promise<number> {
  const known = lastRows(sliceBars(all, { from: 0, to: 2 * job.of.bars }), job.of.bars);
  const request = { bars: [known], seed, threads: job.threads, params };
  const { artefact } = await strategy.train(request, timedContext().context);
  const rows = { from: 2 * job.of.bars, to: 2 * job.of.bars + job.later - 1 };
  const predictor = await strategy.load(artefact);
  const label = strategy.label(artefact.params);
  const prediction = await predictor.predict(all, rows);
  predictor.dispose();
  const scores = rowScores('log_likelihood', all, prediction, rows, { horizon: 1, costBps: 5, label });
  return scores.reduce((sum, v) => sum + v, 0) / scores.length;
}

const values = { now: [] as number[], tuned: [] as number[], best: [] as number[], chosen: [] as number[] };
const start = moment();
for (const one of job.seeds) {
  // Twice a job's bars lead up to its end, as "ml tune" takes them.
  const { bars: all } = seriesOfCase({ ...job.of, bars: 2 * job.of.bars }, job.later, one)[0]!;
  const whole = sliceBars(all, { from: 0, to: 2 * job.of.bars });
  const { bars, trainBars } = developmentBars(strategy, [lastRows(whole, job.of.bars)], [whole], {});
  const { trials, chosen } = await tune(strategy, bars, {
    space,
    now,
    params: {},
    trials: job.trials,
    folds: 4,
    trainBars,
    seed,
    threads: job.threads,
    signal: new AbortController().signal,
    kept: () => undefined,
    keep: () => Promise.resolve(),
  });
  const best = trials
    .filter(({ folds, score }) => folds === 4 && score !== null)
    .reduce((a, b) => (b.score! > a.score! ? b : a));
  const asNow = await likelihood(all, {});
  const asBest = best.trial === 0 ? asNow : await likelihood(all, best.values);
  values.now.push(asNow);
  values.best.push(asBest);
  values.tuned.push(
    chosen === 0 ? asNow : chosen === best.trial ? asBest : await likelihood(all, trials[chosen]!.values),
  );
  values.chosen.push(Number(chosen !== 0));
}
answer(start, moment(), { values });
