// Retrains a strategy over and over as a series grows, once from the model before and once from scratch, and asks
// each model for the bars that come after.
import { loadStrategy, type Bars, type Plain, type Trained } from '@ml-training/strategies';
import { accuracies, logLoss } from '../../../packages/strategies/src/evaluation/metrics.ts';
import { sliceBars } from '../../../packages/strategies/src/features/index.ts';
import { seriesOf, signals, turnedRule } from '../harness/signals.ts';
import { answer, moment, readJob, timedContext, type JobWith } from './job.ts';

const job = readJob() as JobWith<{
  type: string;
  signal: string;
  seeds: readonly number[];
  /** Bars of each training. */
  bars: number;
  /** New bars from one training to the next. */
  step: number;
  retrains: number;
  /** Bars after each training that its model is asked for. */
  later: number;
  params: Record<string, Plain>;
}>;
type Artefact = Trained['artefact'];

const strategy = await loadStrategy(job.type);
const signal = [...signals, turnedRule].find(({ name }) => name === job.signal);
if (signal === undefined) throw new Error(`${job.signal} is no signal`);

/** What comes of one training; the model is the next one's champion. */
async function retrain(all: Bars, end: number, champion?: Artefact) {
  const start = moment();
  const { artefact, report } = await strategy.train(
    {
      bars: [sliceBars(all, { from: end - job.bars, to: end })],
      seed: 42,
      threads: job.threads,
      params: job.params,
      ...(champion === undefined ? {} : { champion }),
    },
    timedContext().context,
  );
  return { artefact, continued: report.lineage.continued, cpu: moment().cpu - start.cpu };
}

async function scores(all: Bars, end: number, artefact: Artefact) {
  const rows = { from: end, to: end + job.later };
  const predictor = await strategy.load(artefact);
  const { score } = await predictor.predict(all, rows);
  predictor.dispose();
  const rose = Uint8Array.from(score, (_, i) => Number(all.close[end + i + 1]! > all.close[end + i]!));
  return { loss: logLoss(score, rose), accuracy: accuracies(score, rose).accuracy };
}

/** One a series: means over its retrains. */
const values: Record<string, number[]> = {};
const start = moment();
for (const seed of job.seeds) {
  const { bars: all } = seriesOf(signal, job.bars + job.retrains * job.step + job.later + 1, seed);
  const first = (await retrain(all, job.bars)).artefact;
  const sums: Record<string, number> = {};
  const add = (name: string, value: number): void => {
    sums[name] = (sums[name] ?? 0) + value / job.retrains;
  };
  let champion = first;
  for (let k = 1; k <= job.retrains; k++) {
    const end = job.bars + k * job.step;
    const warm = await retrain(all, end, champion);
    const scratch = await retrain(all, end);
    champion = warm.artefact;
    add('continued', Number(warm.continued));
    for (const [arm, { artefact, cpu }] of Object.entries({ warm, scratch })) {
      const { loss, accuracy } = await scores(all, end, artefact);
      add(`${arm} loss`, loss);
      add(`${arm} accuracy`, accuracy);
      add(`${arm} cpu`, cpu);
    }
  }
  for (const [name, value] of Object.entries(sums)) (values[name] ??= []).push(value);
}
answer(start, moment(), { values });
