import { expect, test } from '@jest/globals';
import { askedStretch, presentOf, stretchOf, type Range } from './scale.ts';

const now = Date.parse('2026-11-26T14:00:07Z');
/** As wide as any screen. */
const pixels = 1800;

test.each<Range>(['6h', '24h', '7d'])('the present of %s moves in steps that no picture shows', (range) => {
  const { from, to } = stretchOf(range, null, now);
  const seconds = Array.from({ length: (to - from) / 10_000 }, (_, i) => now + 1000 * i);
  const presents = seconds.map((at) => presentOf(range, at));
  const behind = presents.map((present, i) => seconds[i]! - present);
  expect(Math.min(...behind.slice(0, 10_000))).toBeGreaterThanOrEqual(0);
  expect(Math.max(...behind.slice(0, 10_000))).toBeLessThanOrEqual((to - from) / pixels);
  // A tenth of the picture's pixels, and not a drawing each second.
  expect(new Set(presents).size).toBeLessThanOrEqual(pixels / 10 + 1);
});

test.each<Range>(['6h', '24h', '7d'])('what is asked for of %s covers what is shown', (range) => {
  for (let at = now; at < now + 7_200_000; at += 61_000) {
    const present = presentOf(range, at);
    const [asked, shown] = [askedStretch(range, null, present), stretchOf(range, null, present)];
    expect(asked.from).toBeLessThanOrEqual(shown.from);
    expect(asked.to).toBeGreaterThanOrEqual(shown.to);
  }
});
