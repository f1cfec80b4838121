import { writeArrays } from '../harness/arrays.ts';
import { sampleBars, sampleSymbols } from '../harness/bars.ts';
import type { Part, PartContext } from '../harness/part.ts';
import { poolArrays, type LabelledRows } from '../harness/pooled.ts';
import { preparePeer } from '../harness/python.ts';
import { qualityRows } from '../harness/quality.ts';
import type { Section } from '../harness/result.ts';
import { measure } from '../harness/run.ts';
import { spreadOf } from '../harness/statistics.ts';
import { costRows, describeMeasured, inThreads, takeTurns } from '../harness/turns.ts';

const ROUNDS = 300;
/** Those of the ensemble's boosting; see packages/strategies/src/ensemble/trees.ts. */
export const boostingParams = {
  objective: 'binary',
  boosting: 'gbdt',
  learning_rate: 0.03,
  num_leaves: 8,
  min_data_in_leaf: 40,
  feature_fraction: 0.6,
  bagging_freq: 1,
  bagging_fraction: 0.7,
  lambda_l2: 10,
  max_bin: 63,
  deterministic: true,
  force_row_wise: true,
};

export const boostingPart: Part = {
  name: 'boosting',
  title: "Gradient boosting against Python's lightgbm",
  about:
    `The same library of the same version, parameters, seed, threads and ${ROUNDS} rounds, called from Node and from Python on the ` +
    "ensemble's training rows. Timed are making the data set and all rounds; small ones come before to warm up.",
  run: async (context) => {
    const peer = await preparePeer('lightgbm', context.say);
    const bars = sampleSymbols.map((symbol) => sampleBars(symbol));
    const { train, holdout } = await poolArrays(bars, {});
    const sections: Section[] = [];
    for (const threads of [2, 1])
      sections.push(await compareThreads(threads, train, holdout, peer.python, context));
    return { sections, versions: peer.versions };
  },
};

async function compareThreads(
  threads: number,
  train: LabelledRows,
  holdout: LabelledRows,
  python: string,
  context: PartContext,
): Promise<Section> {
  const { folder } = context;
  const arrays = await writeArrays(folder, {
    train: [train.data, [train.labels.length, train.cols]],
    train_labels: [Float64Array.from(train.labels), [train.labels.length]],
    holdout: [holdout.data, [holdout.labels.length, holdout.cols]],
  });
  const job = (seed: number) => ({ arrays, params: { ...boostingParams, seed }, rounds: ROUNDS });
  // As our binding sets it: threads that sleep while they wait, and don't spin.
  const env = { OMP_WAIT_POLICY: 'PASSIVE' };
  const turns = await takeTurns(
    context,
    inThreads(threads),
    {
      ours: (seed) => measure('contenders/boosting.ts', job(seed), { folder, threads }),
      peer: (seed) => measure('peers/boosting.py', job(seed), { folder, threads, python, env }),
    },
    describeMeasured,
  );
  const differences = turns.ours.map(({ probability: own = [] }, i) => {
    const others = turns.peer[i]!.probability ?? [];
    return own.reduce((most, p, row) => Math.max(most, Math.abs(p - others[row]!)), 0);
  });
  return {
    title: `${train.labels.length} rows, ${train.cols} features; ${inThreads(threads)}`,
    rows: [
      ...costRows(turns, { of: 'ratio', atMost: 1.1 }),
      ...qualityRows(turns, holdout.labels),
      {
        what: 'largest difference of a probability',
        unit: '',
        digits: 17,
        ours: spreadOf(differences),
        target: { of: 'value', atMost: 1e-12 },
      },
    ],
  };
}
