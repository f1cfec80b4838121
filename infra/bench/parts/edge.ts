import type { Part, PartContext } from '../harness/part.ts';
import { mean, SERIES_A_TURN } from '../harness/power-runs.ts';
import type { Section } from '../harness/result.ts';
import { measure } from '../harness/run.ts';

const kinds = ['AR(1)', 'volume shock', 'seasonal lag', 'random walk'] as const;
const sizes = [1_000, 2_000, 5_000] as const;
const types = ['ensemble'] as const;

export const edgePart: Part = {
  name: 'edge',
  title: 'What a user gets to know of a real edge',
  about:
    'The share of generated series of which a default training says that it found something: by the 95 % interval of the accuracy on its holdout, ' +
    'above the majority class; by the one-sided 95 % bound of the AUC on its holdout; and by that of the holdout and what was walked forward before it, which ' +
    'is what MODEL_FLOOR=edge asks for. On random walks and at chance it would be 0.05. Then the processor time of walking forward, the training being 1.',
  run: async (context) => {
    const sections: Section[] = [];
    for (const type of types) sections.push(await sectionOf(type, context));
    return { sections, versions: {} };
  },
};

async function sectionOf(type: string, context: PartContext): Promise<Section> {
  const seeds = Array.from({ length: SERIES_A_TURN * context.turns }, (_, i) => 1 + i);
  const lines: string[][] = [];
  for (const name of kinds)
    for (const bars of sizes) {
      const job = { type, of: { name, bars }, seeds };
      const { values } = await measure('contenders/edge.ts', job, { folder: context.folder, threads: 1 });
      const { byAccuracy, byHoldout, walked, share } = values!;
      const shares = [byAccuracy!, byHoldout!, walked!, share!].map((of) => mean(of).toFixed(2));
      lines.push([name, bars.toLocaleString('en'), ...shares]);
      context.say(lines.at(-1)!.join('  '));
    }
  return {
    title: `${type}, ${seeds.length} series of each kind, seeds ${seeds[0]!} to ${seeds.at(-1)!}`,
    rows: [],
    grid: [['series', 'bars', 'by accuracy', 'by AUC', 'walked forward', 'time'], ...lines],
  };
}
