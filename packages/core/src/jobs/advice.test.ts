import { expect, test } from '@jest/globals';
import { barsPlace } from '../bars/place.ts';
import { adviceOn } from './advice.ts';

const job = (over: Partial<Parameters<typeof adviceOn>[0]>) => ({
  strategy_type: 'mine',
  symbol: 'GOOG',
  error_code: 'INVALID_STRATEGY',
  error_message: 'strategies/mine/strategy.ts:5:12: TypeError: bars.closes is undefined',
  ...over,
});

test.each<[string, Parameters<typeof adviceOn>[0], RegExp | null]>([
  [
    'names file and line',
    job({}),
    /^Mend strategies\/mine\/strategy\.ts:5:12: "ml strategies check mine GOOG"/,
  ],
  ['knows no symbol where it is all', job({ symbol: '@ALL' }), /"ml strategies check mine SYMBOL"/],
  [
    'names a file that it imports',
    job({ error_message: 'strategies/mine/own/windows.ts:3: SyntaxError: x' }),
    /^Mend strategies\/mine\/own\/windows\.ts:3: /,
  ],
  [
    'sees that a folder is missing',
    job({ error_message: 'there is no strategy mine: /srv/strategies has none' }),
    /^See that STRATEGIES_DIR of every trainer holds mine\/strategy\.ts/,
  ],
  [
    'says what a leak is',
    job({ error_code: 'LEAK', error_message: 'strategies/mine/strategy.ts: the feature x at … looks ahead' }),
    /no row knows of bars to come, mend strategies\/mine\/strategy\.ts: "ml strategies check mine GOOG"/,
  ],
  [
    'names the file where a leak shows in rows alone',
    job({ error_code: 'LEAK', error_message: 'GOOG: the feature x of row 7 changes with later bars' }),
    /mend mine\/strategy\.ts: "ml strategies check mine GOOG"/,
  ],
  [
    'leaves the leak of a built-in as it was',
    job({ strategy_type: 'lstm', error_code: 'LEAK', error_message: 'GOOG: rows of …' }),
    /^A feature knows of bars to come/,
  ],
  [
    'knows other codes by themselves',
    job({ error_code: 'TOO_FEW_BARS' }),
    /^The symbol needs more bars: import more with "ml import FILE", or lower/,
  ],
  ['knows nothing of others', job({ error_code: 'constructor' }), null],
  ['knows nothing of none', job({ error_code: null }), null],
])('advice %s', (_, failed, words) => {
  const found = adviceOn(failed, barsPlace(null));
  if (words === null) expect(found).toBeNull();
  else expect(found).toMatch(words);
});

test('advice sends nobody to an import where bars are in a table of the user’s', () => {
  const theirs = { MARKET_DATA_TABLE: 'bot.candles', MARKET_DATA_COLUMNS: [], MARKET_DATA_TIMEZONE: '' };
  expect(adviceOn(job({ error_code: 'TOO_FEW_BARS' }), barsPlace(theirs))).toMatch(
    /: let what fills bot\.candles write more, or lower/,
  );
});
