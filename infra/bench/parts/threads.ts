import { threadsFor } from '../../../packages/strategies/src/ensemble/trees.ts';
import { writeArrays } from '../harness/arrays.ts';
import { bootstrappedBars, sampleBars, sampleSymbols } from '../harness/bars.ts';
import type { Part, PartContext } from '../harness/part.ts';
import { poolArrays } from '../harness/pooled.ts';
import type { Section } from '../harness/result.ts';
import { measure } from '../harness/run.ts';
import { compare, describeMeasured, inThreads, takeTurns } from '../harness/turns.ts';
import { boostingParams } from './boosting.ts';

const ROUNDS = 60;
/** Of each of the three symbols; the first is the sample's own. */
const barsEach = [null, 22_000, 66_000] as const;

export const threadsPart: Part = {
  name: 'threads',
  title: 'Two threads against one',
  about:
    `Boosting as in the ensemble, ${ROUNDS} rounds, by LightGBM with two threads and with one, in turn. A training takes a thread for ` +
    'every 500,000 numbers that it learns from, TRAINING_THREADS or its share of the cores at most; the target is that the other ' +
    'choice of the two is not the quicker one. More bars than the sample has are put together from blocks of it, drawn with a seed.',
  run: async (context) => {
    const sections: Section[] = [];
    for (const count of barsEach) sections.push(await compareSize(count, context));
    return { sections, versions: {} };
  },
};

async function compareSize(count: number | null, context: PartContext): Promise<Section> {
  const { folder } = context;
  const samples = sampleSymbols.map((symbol) => sampleBars(symbol));
  const bars = count === null ? samples : samples.map((one) => bootstrappedBars(one, count, 1));
  const { train, holdout } = await poolArrays(bars, {});
  const arrays = await writeArrays(folder, {
    train: [train.data, [train.labels.length, train.cols]],
    train_labels: [Float64Array.from(train.labels), [train.labels.length]],
    holdout: [holdout.data, [holdout.labels.length, holdout.cols]],
  });
  const title = `${train.labels.length} rows, ${train.cols} features`;
  const job = (seed: number) => ({ arrays, params: { ...boostingParams, seed }, rounds: ROUNDS });
  const inTurn = (threads: number) => (seed: number) =>
    measure('contenders/boosting.ts', job(seed), { folder, threads });
  const sides = ['two threads', 'one thread'] as const;
  const turns = await takeTurns(
    context,
    title,
    { ours: inTurn(2), peer: inTurn(1) },
    describeMeasured,
    sides,
  );
  const chosen = threadsFor(train.data.length, 2);
  const target =
    chosen === 2 ? ({ of: 'ratio', atMost: 1 } as const) : ({ of: 'ratio', atLeast: 1 } as const);
  return {
    title,
    sides,
    rows: [
      compare('training', turns, ({ seconds }) => seconds, { unit: 's', digits: 3, target }),
      compare('its processor time', turns, ({ cpuSeconds }) => cpuSeconds, { unit: 's', digits: 3 }),
    ],
    notes: [`Of two threads it may use, the ensemble learns from so many numbers with ${inThreads(chosen)}.`],
  };
}
