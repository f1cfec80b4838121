import { sampleBars } from '../harness/bars.ts';
import { writeArrays } from '../harness/arrays.ts';
import type { Part, PartContext } from '../harness/part.ts';
import { prepareArrays } from '../harness/prepared.ts';
import { preparePeer, type Peer } from '../harness/python.ts';
import { qualityRows } from '../harness/quality.ts';
import type { Section } from '../harness/result.ts';
import { measure } from '../harness/run.ts';
import { costRows, describeMeasured, inThreads, takeTurnsOfAll } from '../harness/turns.ts';

/** One more than are timed: the first warms up. */
const EPOCHS = 11;
const symbol = 'SP500';

interface Shape {
  readonly title: string;
  readonly bars: number;
  readonly params: Readonly<Record<'window' | 'layers' | 'units' | 'batch_size' | 'learning_rate', number>>;
}

const shapes: readonly Shape[] = [
  {
    title: '60 steps, LSTM 50 + LSTM 50 + dense, batch 32',
    // 1,000 of them are training rows.
    bars: 1732,
    params: { window: 60, layers: 2, units: 50, batch_size: 32, learning_rate: 0.001 },
  },
  {
    title: 'a default job: 32 steps, LSTM 32 + dense, batch 64',
    bars: 1000,
    params: { window: 32, layers: 1, units: 32, batch_size: 64, learning_rate: 0.003 },
  },
];

const peers = [
  { name: 'PyTorch', needs: 'pytorch', program: 'peers/torch_lstm.py', atMost: 0.8 },
  { name: 'Keras', needs: 'tensorflow', program: 'peers/keras_lstm.py', atMost: 0.45 },
] as const;

export const lstmPart: Part = {
  name: 'lstm',
  title: 'LSTM against PyTorch and Keras',
  about:
    `All three train the same layers on the same windows of ${symbol}'s sample bars, with the same Adam, batches and clipping, without ` +
    `dropout or early stopping. Timed are ${EPOCHS - 1} epochs, each with its look at the validation rows, after one that ` +
    "warms up (Keras builds its graph in it). Before a symbol's first bar the peers see zeros, where ours sees shorter windows. " +
    'PyTorch is nn.LSTM, time-major, with its fused Adam. A shape and number of threads is measured in turns of all three, so ' +
    'that both tables of it show the same measurements of ours.',
  run: async (context) => {
    let versions: Peer['versions'] = {};
    let python = '';
    for (const { needs } of peers) {
      const peer = await preparePeer(needs, context.say);
      versions = { ...versions, ...peer.versions };
      ({ python } = peer);
    }
    const sections: Section[] = [];
    for (const shape of shapes)
      for (const threads of [2, 1]) sections.push(...(await compareShape(shape, threads, python, context)));
    return { sections, versions };
  },
};

async function compareShape(
  { title, bars: count, params: shape }: Shape,
  threads: number,
  python: string,
  context: PartContext,
): Promise<Section[]> {
  const { folder } = context;
  const fixed = { ...shape, epochs: EPOCHS, clip_norm: 1 };
  const params = { ...fixed, dropout: 0, patience: 10_000 };
  const bars = sampleBars(symbol, count);
  const { table, cols, labels, parts } = await prepareArrays('lstm', bars, params);
  const arrays = await writeArrays(folder, {
    table: [table, [table.length / cols, cols]],
    labels: [labels, [labels.length]],
  });
  const ownJob = { symbol, bars: count, params };
  const peerJob = { ...fixed, arrays, parts };
  const [ours, ...theirs] = await takeTurnsOfAll(
    context,
    `${title}, ${inThreads(threads)}`,
    [
      ['ours', (seed) => measure('contenders/lstm.ts', { ...ownJob, seed }, { folder, threads })],
      ...peers.map(
        ({ name, program }) =>
          [
            name,
            (seed: number) => measure(program, { ...peerJob, seed }, { folder, threads, python }),
          ] as const,
      ),
    ],
    describeMeasured,
  );
  const rows = parts.train[1] - parts.train[0];
  return peers.map(({ name, atMost }, i) => {
    const turns = { ours: ours!, peer: theirs[i]! };
    return {
      title: `${title}, against ${name}; ${rows} rows, ${cols} features; ${inThreads(threads)}`,
      sides: ['ours', name],
      rows: [
        ...costRows(turns, { of: 'ratio', atMost }),
        ...qualityRows(turns, labels.subarray(...parts.holdout)),
      ],
    };
  });
}
