import type { Part } from '../harness/part.ts';
import type { Row } from '../harness/result.ts';
import { measure, type Measured } from '../harness/run.ts';
import { spreadOf } from '../harness/statistics.ts';

const PREDICTIONS = 1_000;
/** Settings that shorten a training but change nothing about the size of its model. */
const strategies = [
  { strategy: 'ensemble', params: {}, atMost: 1 },
  { strategy: 'lstm', params: { epochs: 1 }, atMost: 5 },
  { strategy: 'rl', params: { total_timesteps: 4_096 }, atMost: 5 },
] as const;

export const inferencePart: Part = {
  name: 'inference',
  title: 'One prediction',
  about:
    'From the bars that a model looks at to the probability and the position, features included, by a loaded model of default size; ' +
    `${PREDICTIONS.toLocaleString('en')} predictions one after the other, after 200 that warm up, in each of several processes.`,
  run: async ({ folder, turns, say }) => {
    const rows: Row[] = [];
    for (const { strategy, params, atMost } of strategies) {
      const measured: Measured[] = [];
      for (let turn = 1; turn <= turns; turn++) {
        const job = { strategy, params, predictions: PREDICTIONS };
        const one = await measure('contenders/inference.ts', job, { folder, threads: 1 });
        measured.push(one);
        const { p50Ms, p99Ms } = one.figures!;
        say(
          `${strategy}, turn ${turn} of ${turns}: p50 ${p50Ms!.toFixed(3)} ms, p99 ${p99Ms!.toFixed(3)} ms`,
        );
      }
      const row = (what: string, figure: string): Row => ({
        what: `${strategy}: ${what}`,
        unit: 'ms',
        digits: 3,
        ours: spreadOf(measured.map((one) => one.figures![figure]!)),
      });
      const target = { of: 'value', atMost } as const;
      rows.push({ ...row('half of them within', 'p50Ms'), target });
      rows.push({ ...row('99 of 100 within', 'p99Ms'), target });
      rows.push(row('loading the model', 'loadMs'));
    }
    return { sections: [{ title: 'Latency, 1 thread', rows }], versions: {} };
  },
};
