import type { Part } from '../harness/part.ts';
import { measure, type Measured } from '../harness/run.ts';
import { spreadOf } from '../harness/statistics.ts';

const BARS = 1_000_000;

export const featuresPart: Part = {
  name: 'features',
  title: 'Features',
  about:
    `All features of ${BARS.toLocaleString('en')} bars of one symbol, put together from blocks of the sample's bars, drawn with a ` +
    'seed. The memory is that of the whole process, its bars included.',
  run: async ({ folder, turns, say }) => {
    const measured: Measured[] = [];
    for (let turn = 1; turn <= turns; turn++) {
      const one = await measure('contenders/features.ts', { bars: BARS }, { folder, threads: 1 });
      say(`turn ${turn} of ${turns}: ${one.seconds.toFixed(2)} s, ${Math.round(one.peakMb)} MB`);
      measured.push(one);
    }
    const seconds = spreadOf(measured.map((one) => one.seconds));
    const memory = spreadOf(measured.map((one) => one.peakMb));
    return {
      sections: [
        {
          title: `${BARS.toLocaleString('en')} bars, ${measured[0]!.figures!['cols']!} features, 1 thread`,
          rows: [
            { what: 'time', unit: 's', digits: 2, ours: seconds, target: { of: 'value', atMost: 2 } },
            { what: 'peak memory', unit: 'MB', digits: 0, ours: memory },
          ],
        },
      ],
      versions: {},
    };
  },
};
