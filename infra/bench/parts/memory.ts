import { ALL_SYMBOLS } from '@ml-training/core';
import { bootstrappedBars, sampleBars, sampleSymbols } from '../harness/bars.ts';
import { startLab } from '../harness/lab.ts';
import type { Part, PartContext } from '../harness/part.ts';
import type { Section } from '../harness/result.ts';
import { spreadOf } from '../harness/statistics.ts';

const cases = [
  { bars: 1_000, atMost: 500 },
  { bars: 100_000, atMost: 1_024 },
] as const;
const pairs = [
  { strategy_type: 'ensemble', symbol: ALL_SYMBOLS },
  { strategy_type: 'lstm', symbol: 'SP500' },
  { strategy_type: 'rl', symbol: 'SP500' },
] as const;

export const memoryPart: Part = {
  name: 'memory',
  title: 'Memory of a training',
  about:
    'Largest resident set of the training child, as the trainer stores it with each job, by TRAINING_BATCH_SIZE; a real trainer ' +
    'with default settings and 2 threads. The ensemble learns from all three symbols at once, so from three times as many ' +
    "bars. The 100,000 bars a symbol are put together from blocks of the sample's bars, drawn with a seed.",
  run: async (context) => {
    const sections: Section[] = [];
    for (const one of cases) sections.push(await measureCase(one, context));
    return { sections, versions: {} };
  },
};

async function measureCase(
  { bars: count, atMost }: (typeof cases)[number],
  { folder, say }: PartContext,
): Promise<Section> {
  const samples = sampleSymbols.map((symbol) => sampleBars(symbol));
  const bars = samples.map((one) => (count > one.time.length ? bootstrappedBars(one, count, 1) : one));
  say(`importing ${count.toLocaleString('en')} bars a symbol`);
  const lab = await startLab(bars, folder);
  try {
    const rows = [];
    for (const pair of pairs) {
      const env = { TRAINING_THREADS: '2', TRAINING_BATCH_SIZE: String(count) };
      const [job] = await lab.train([pair], { trainers: 1, env });
      const seconds = (job!.completed_at.getTime() - job!.started_at.getTime()) / 1000;
      say(`${pair.strategy_type}: ${job!.peak_memory_mb} MB, ${seconds.toFixed(1)} s`);
      const name = `${pair.strategy_type}, ${pair.symbol === ALL_SYMBOLS ? 'three symbols' : 'one symbol'}`;
      rows.push(
        {
          what: `${name}: peak memory`,
          unit: 'MB',
          digits: 0,
          ours: spreadOf([job!.peak_memory_mb]),
          target: { of: 'value', atMost },
        } as const,
        { what: `${name}: the whole job`, unit: 's', digits: 1, ours: spreadOf([seconds]) },
      );
    }
    return { title: `TRAINING_BATCH_SIZE=${count}`, rows };
  } finally {
    await lab.end();
  }
}
