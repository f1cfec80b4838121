import type { HoldoutRecord } from '../registry/index.ts';

/** What the columns are: docs/judging.md has them in words. */
const header = 'time,close,score,position,return,equity,buy_and_hold';

/**
 * The rows of a model's holdout as CSV, a line each, oldest first, numbers to the last digit as they were
 * kept; an empty cell is what is no number.
 */
export function holdoutCsv(record: HoldoutRecord): string {
  const { times, closes, scores, positions, returns, equity, buy_and_hold } = record;
  const lines = times.map((time, i) =>
    [time, closes[i], scores[i] ?? '', positions[i], returns[i], equity[i], buy_and_hold[i]].join(','),
  );
  return `${[header, ...lines].join('\n')}\n`;
}
