// Trains a strategy on generated bars and asks what was judged, and what was refitted of it, for the bars that come after.
import type { Plain, Predictor, Strategy } from '@ml-training/strategies';
import { loadStrategy } from '@ml-training/strategies';
import { sliceBars } from '../../../packages/strategies/src/features/index.ts';
import { logisticDefinition } from '../../../packages/strategies/src/logistic/index.ts';
import { defineStrategy } from '../../../packages/strategies/src/pipeline.ts';
import { regimesOf } from '../harness/regimes.ts';
import { seriesOf } from '../harness/signals.ts';
import { answer, moment, readJob, timedContext, type JobWith } from './job.ts';

const job = readJob() as JobWith<{
  type: string;
  bars: number;
  name: string;
  seeds: readonly number[];
  params: Record<string, Plain>;
}>;
const strategy: Strategy =
  job.type === 'logistic'
    ? defineStrategy(logisticDefinition({ type: 'logistic' }))
    : await loadStrategy(job.type);
const { signal, later } = regimesOf(job.bars).find((one) => one.signal.name === job.name)!;
const values = { judged: [] as number[], refitted: [] as number[] };
const start = moment();
for (const seed of job.seeds) {
  const { bars } = seriesOf(signal, job.bars + later, seed);
  const known = sliceBars(bars, { from: 0, to: job.bars });
  const request = { bars: [known], seed: 42, threads: job.threads, params: job.params, refit: true };
  const { artefact, refit } = await strategy.train(request, timedContext().context);
  const refitted = await refit!();
  values.judged.push(await scoreOf(await strategy.load(artefact)));
  values.refitted.push(await scoreOf(await strategy.load(refitted.artefact)));

  /** Accuracy on the later bars; of an agent the mean return of a bar after costs, in basis points. */
  async function scoreOf(predictor: Predictor): Promise<number> {
    const rows = { from: job.bars, to: job.bars + later - 1 };
    const { score, position } = await predictor.predict(bars, rows);
    predictor.dispose();
    let sum = 0;
    let held = 0;
    for (let i = 0; i < score.length; i++) {
      const [now, next] = [bars.close[rows.from + i]!, bars.close[rows.from + i + 1]!];
      if (predictor.label.task === 'policy') {
        const cost = (Number(artefact.params['cost_bps']) / 1e4) * Math.abs(position[i]! - held);
        sum += 1e4 * (position[i]! * (next / now - 1) - cost);
        held = position[i]!;
      } else sum += Number(score[i]! > 0.5 === next > now);
    }
    return sum / score.length;
  }
}
answer(start, moment(), { values });
