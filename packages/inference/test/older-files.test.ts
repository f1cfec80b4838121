// Model files that older versions wrote load, and answer as they did. The files in fixtures/ were written by
// version 0.1.0, from settings of its names; nothing may write them again.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadModelFile } from '../src/index.ts';
import { waves } from './models.ts';

const folder = path.join(import.meta.dirname, 'fixtures');
const strategies = ['ensemble', 'lstm', 'rl'] as const;
const answers = JSON.parse(readFileSync(path.join(folder, 'answers.json'), 'utf8')) as Record<
  (typeof strategies)[number],
  readonly { readonly bars: number; readonly probability: number; readonly position: number }[]
>;
const { time, open, high, low, close, volume } = waves(400);
const bars = Array.from(close, (_, i) => ({
  time: time[i]!,
  open: open[i]!,
  high: high[i]!,
  low: low[i]!,
  close: close[i]!,
  volume: volume[i]!,
}));
const held = { ensemble: {}, lstm: {}, rl: { position: 1, barsHeld: 3, openReturn: 0.01 } } as const;

describe.each(strategies)('an older file of %s', (type) => {
  test('answers as it did', async () => {
    const model = await loadModelFile(path.join(folder, `${type}.pkl`));
    for (const expected of answers[type]) {
      const { probability, score, position } = await model.predict(bars.slice(0, expected.bars), held[type]);
      // Another processor may round otherwise.
      expect(score).toBeCloseTo(expected.probability, 6);
      // What rl says was called so, and is none.
      expect(probability).toBe(type === 'rl' ? null : score);
      expect(position).toBe(expected.position);
    }
    await model.retire();
  });
});
