// Commands where bars are in a table of the user's: they read it, name it, and send nobody to an import.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startLab } from './ml.ts';

const lab = await startLab();
const { sql } = lab;
const ml = (...args: string[]) => lab.ml(args, { MARKET_DATA_TABLE: 'candles' });
beforeAll(async () => {
  await sql.unsafe(`
    CREATE TABLE candles (ts bigint, symbol text, open real, high real, low real, close real);
    INSERT INTO candles SELECT extract(epoch FROM '2024-01-01T00:00Z'::timestamptz) * 1000 + day * 86400000::bigint,
      'THEIRS', 10, 11, 9, 10 + day % 2 FROM generate_series(0, 41) day`);
});
afterAll(() => lab.end());

test('ml data draws the bars of that table', async () => {
  const { code, out } = await ml('data', 'THEIRS');
  expect(code).toBe(0);
  // Six whole weeks.
  expect(out).toContain('2024-01-01  ██████\n');
});

describe('a symbol without bars, or with few, is told of with the table and what fills it', () => {
  const none = 'NOPE has no bars in candles (there are bars of THEIRS): let what fills candles write some';
  test.each<[string, string[], string]>([
    ['ml train', ['train', 'lstm', 'NOPE'], none],
    ['ml evaluate', ['evaluate', 'lstm', 'NOPE'], none],
    [
      'ml train, of few bars',
      ['train', 'lstm', 'THEIRS'],
      'THEIRS has 42 bars in candles, MIN_TRAINING_DATA_POINTS asks for 100: let what fills candles write more',
    ],
    [
      'ml data',
      ['data', 'NOPE'],
      '"NOPE" has no bars in candles: "ml data" lists what has; let what fills candles write some',
    ],
    ['ml tune', ['tune', 'lstm', 'THEIRS'], 'asks for: let what fills candles write more'],
  ])('%s', async (_, args, words) => {
    const { code, err } = await ml(...args);
    expect([code, err]).toEqual([1, expect.stringContaining(words)]);
  });
});
