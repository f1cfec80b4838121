// What positions earn after costs on bars that come after: of a strategy's models, trained as a default job does,
// by each rule of positions, and beside them what a quant would try first.
import { loadStrategy, type Artefact, type Bars, type Strategy } from '@ml-training/strategies';
import { netReturns } from '../../../packages/strategies/src/evaluation/backtest.ts';
import { positionsWorthTheirCost } from '../../../packages/strategies/src/evaluation/expected-return.ts';
import { sliceBars } from '../../../packages/strategies/src/features/index.ts';
import { logisticDefinition } from '../../../packages/strategies/src/logistic/index.ts';
import { defineStrategy } from '../../../packages/strategies/src/pipeline.ts';
import { seriesOfCase, type PowerCase } from '../harness/power-cases.ts';
import { answer, moment, readJob, timedContext, type JobWith } from './job.ts';

const job = readJob() as JobWith<{
  /** A strategy, or the learner logistic. */
  type: string;
  of: PowerCase;
  seeds: readonly number[];
  later: number;
  /** Basis points a unit. */
  costs: readonly number[];
}>;
const strategy: Strategy =
  job.type === 'logistic'
    ? defineStrategy(logisticDefinition({ type: 'logistic' }))
    : await loadStrategy(job.type);
const rows = { from: job.of.bars, to: job.of.bars + job.later - 1 };
/** By rule and cost, one a series. */
const values: Record<string, number[]> = {};
const start = moment();
for (const seed of job.seeds) {
  const { bars, rise } = seriesOfCase(job.of, job.later, seed)[0]!;
  const note = (rule: string, cost: number, position: Int8Array): void => {
    const returns = netReturns(bars.close, position, rows, cost);
    (values[`${rule} ${cost}`] ??= []).push((10_000 * sum(returns)) / returns.length);
  };
  const known = sliceBars(bars, { from: 0, to: job.of.bars });
  if (job.type === 'rl') {
    for (const cost of job.costs)
      note('own', cost, await positionsOf((await train(known, cost)).artefact, bars));
    continue;
  }
  const { artefact, report } = await train(known, job.costs[0]!);
  const size = meanSize(bars, report.symbols[0]!.train);
  for (const cost of job.costs) {
    const params = { ...artefact.params, cost_bps: cost };
    const { positions, ...without } = { ...artefact, params };
    if (positions === undefined) throw new Error(`${job.type} learnt no rule of its positions`);
    note('threshold', cost, await positionsOf(without, bars));
    note('expected_return', cost, await positionsOf({ ...without, positions }, bars));
    const score = await scoreOf(without, bars);
    const expected = score.map((p) => (2 * p - 1) * size);
    note(
      'cost threshold',
      cost,
      Int8Array.from(expected, (r) => (Math.abs(r) > cost / 10_000 ? Math.sign(r) : 0)),
    );
    // Who knows each row's probability of a rise, of returns that are normal.
    const told = rise.subarray(rows.from, rows.to).map((p) => ((2 * p - 1) * size * Math.PI) / 2);
    const options = { costBps: cost, persistence: 0, allowed: [-1, 0, 1], held: 0 };
    note('best possible', cost, positionsWorthTheirCost(told, options));
  }
}
answer(start, moment(), { values });

function train(bars: Bars, cost: number) {
  const request = { bars: [bars], seed: 42, threads: job.threads, params: { cost_bps: cost } };
  return strategy.train(request, timedContext().context);
}

async function predicted(artefact: Artefact, bars: Bars) {
  const predictor = await strategy.load(artefact);
  try {
    return await predictor.predict(bars, rows);
  } finally {
    predictor.dispose();
  }
}
async function positionsOf(artefact: Artefact, bars: Bars): Promise<Int8Array> {
  return (await predicted(artefact, bars)).position;
}
async function scoreOf(artefact: Artefact, bars: Bars): Promise<Float64Array> {
  return (await predicted(artefact, bars)).score;
}

/** Mean size of a bar's return. */
function meanSize({ close }: Bars, { from, to }: { readonly from: number; readonly to: number }): number {
  let total = 0;
  for (let t = from; t < to; t++) total += Math.abs(close[t + 1]! / close[t]! - 1);
  return total / (to - from);
}

function sum(numbers: Float64Array): number {
  return numbers.reduce((total, v) => total + v, 0);
}
