import {
  aboveFloor,
  costBpsOf,
  decidePromotion,
  loadStrategy,
  type Bars,
  type PromotionDecision,
} from '@ml-training/strategies';
import { createRandom } from '../../../packages/strategies/src/random.ts';
import { movingBars } from '../harness/bars.ts';
import type { Part, PartContext } from '../harness/part.ts';
import type { Row, Section } from '../harness/result.ts';
import { spreadOf } from '../harness/statistics.ts';

const BARS = 1000;
/** Where the holdout of so many bars begins, about. */
const TURN = 800;
/** Series a turn, by how long a training takes. */
const series = { ensemble: 4, lstm: 2, rl: 1 } as const;

const markets = [
  { what: 'random walk', follows: () => 0, refused: null },
  { what: 'moves that go on a little (AR(1), 0.15)', follows: () => 0.15, refused: null },
  {
    what: 'moves that go on (AR(1), 0.5), and turn back where the holdout begins',
    follows: (t: number) => (t < TURN ? 0.5 : -0.5),
    refused: 'all',
  },
] as const;

export const floorPart: Part = {
  name: 'floor',
  title: 'What the floor refuses',
  about:
    `Default trainings on ${BARS} hourly bars that were generated, each series with a seed of its own, as the ` +
    'first of their pair. The share that MODEL_FLOOR=baseline refuses, and by how much the models are better a ' +
    'bar than their floor: log-likelihood over that of the base rate, of the RL agent return after costs. Of ' +
    'models as good as their floor 0.05 would be refused.',
  run: async (context) => {
    const sections: Section[] = [];
    for (const type of ['ensemble', 'lstm', 'rl'] as const) sections.push(await judged(type, context));
    return { sections, versions: {} };
  },
};

async function judged(type: keyof typeof series, { turns, say }: PartContext): Promise<Section> {
  const count = turns * series[type];
  const rows: Row[] = [];
  for (const { what, follows, refused } of markets) {
    const found: PromotionDecision[] = [];
    for (let seed = 1; seed <= count; seed++) {
      const random = createRandom(seed).fork(what);
      found.push(await firstDecision(type, movingBars('S', BARS, follows, random)));
    }
    const share = found.filter(({ promote }) => !promote).length / count;
    say(`${type}, ${what}: ${found.filter(({ promote }) => !promote).length} of ${count} refused`);
    rows.push(
      {
        what: `refused: ${what}`,
        unit: '',
        digits: 2,
        ours: { median: share, min: share, max: share, count },
        ...(refused === 'all' ? { target: { of: 'value', atLeast: 1 } as const } : {}),
      },
      {
        what: 'better than its floor by',
        unit: type === 'rl' ? 'bp' : '',
        digits: type === 'rl' ? 2 : 4,
        ours: spreadOf(
          found.map(({ floor }) => (type === 'rl' ? 10_000 : 1) * (floor?.difference ?? Number.NaN)),
        ),
      },
    );
  }
  return { title: type, rows, notes: [`Of ${count} series of each kind.`] };
}

/** Of a training on its own: what the gate says of its model where none is in use. */
async function firstDecision(type: keyof typeof series, bars: Bars): Promise<PromotionDecision> {
  const strategy = await loadStrategy(type);
  const { promotionMetric } = strategy;
  const { artefact, report, predictions } = await strategy.train(
    { bars: [bars], params: {}, seed: 42, threads: 1 },
    {
      signal: new AbortController().signal,
      progress: () => undefined,
      epoch: () => undefined,
      resume: null,
      checkpoint: () => Promise.resolve(),
    },
  );
  const { holdout, train } = report.symbols[0]!;
  const options = {
    horizon: artefact.label.horizon,
    costBps: costBpsOf(artefact.params, bars.symbol),
    label: strategy.label(artefact.params),
  };
  return decidePromotion({
    policy: 'not-worse',
    promotionMetric,
    candidate: { scores: new Float64Array(0), unusable: null },
    champion: null,
    floor: aboveFloor(promotionMetric, bars, predictions[0]!, { holdout, train }, options),
    edge: null,
    edgeRequired: false,
    nothingLearnt: false,
    onSeenRows: null,
    incomparableRuns: 0,
    maxIncomparableRuns: 0,
    holdoutRows: holdout.to - holdout.from,
    horizon: options.horizon,
    seed: 42,
  });
}
