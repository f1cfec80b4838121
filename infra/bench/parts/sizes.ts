import { ALL_SYMBOLS } from '@ml-training/core';
import { sampleBars, sampleSymbols } from '../harness/bars.ts';
import { startLab } from '../harness/lab.ts';
import type { Part } from '../harness/part.ts';
import { spreadOf } from '../harness/statistics.ts';

const pairs = [
  { strategy_type: 'ensemble', symbol: ALL_SYMBOLS },
  ...sampleSymbols.flatMap((symbol) => [
    { strategy_type: 'lstm', symbol } as const,
    { strategy_type: 'rl', symbol } as const,
  ]),
] as const;

export const sizesPart: Part = {
  name: 'sizes',
  title: 'Model files',
  about:
    "Bytes of the files that a run over the three sample symbols' newest 1,000 bars leaves, with default settings; the range is " +
    'over the symbols.',
  run: async ({ folder, say }) => {
    const lab = await startLab(
      sampleSymbols.map((symbol) => sampleBars(symbol)),
      folder,
    );
    try {
      const jobs = await lab.train(pairs, { trainers: 1, env: { TRAINING_THREADS: '2' } });
      const rows = (['ensemble', 'lstm', 'rl'] as const).map((strategy) => {
        const sizes = jobs.filter((job) => job.strategy_type === strategy).map((job) => job.size_bytes / 1e6);
        say(`${strategy}: ${sizes.map((size) => size.toFixed(3)).join(', ')} MB`);
        const target = { of: 'value', atMost: 1 } as const;
        return { what: strategy, unit: 'MB', digits: 3, ours: spreadOf(sizes), target };
      });
      return { sections: [{ title: 'A file', rows }], versions: {} };
    } finally {
      await lab.end();
    }
  },
};
