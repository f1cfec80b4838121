import { expect, test } from '@jest/globals';
import { completed, suggestions, understand } from './filter.ts';
import { reading } from './held-list.ts';

const now = Date.parse('2026-11-26T12:00:00Z');
const run = '0f9d2c1e-1111-4222-8333-444455556666';

test.each([
  ['', {}],
  ['status:failed symbol:GOOG', { status: ['failed'], symbol: 'GOOG' }],
  ['status:failed status:cancelled', { status: ['failed', 'cancelled'] }],
  ['failed rl GOOG', { status: ['failed'], strategy_type: ['rl'], symbol: 'GOOG' }],
  ['symbol:BTC/USD', { symbol: 'BTC/USD' }],
  ['BTC:USD', { symbol: 'BTC:USD' }],
  ['failed symbol:"NIFTY 50" rl', { status: ['failed'], symbol: 'NIFTY 50', strategy_type: ['rl'] }],
  ['"NIFTY 50"', { symbol: 'NIFTY 50' }],
  ['symbol:"5\\" \\\\"', { symbol: '5" \\' }],
  ['币安人生/USDT:USDT', { symbol: '币安人生/USDT:USDT' }],
  ['$SPX', { symbol: '$SPX' }],
  ['symbol:@ALL tick', { symbol: '@ALL', trigger: ['tick'] }],
  ['error:too_few_bars', { error_code: 'TOO_FEW_BARS' }],
  [`run:${run}`, { run_id: run }],
  [run, { run_id: run }],
  ['since:24h', { since: '2026-11-25T12:00:00.000Z' }],
  ['since:2026-11-01 until:30min', { since: '2026-11-01T00:00:00.000Z', until: '2026-11-26T11:30:00.000Z' }],
])('%j is understood', (words, filter) => {
  expect(understand(words, now)).toEqual({ filter, problems: [] });
});

test.each([
  ['status:done', /^no status is called done: queued, running/],
  ['state:failed', /^"state" is nothing to filter by: status, strategy/],
  ['symbol:', /^symbol: of which\?/],
  ['since:yesterday', /^yesterday is no time/],
  ['since:2026-13-01', /is no time/],
  ['run:12', /^12 is no run's id/],
  ['symbol:A symbol:B', /^symbol came twice: B is left out/],
])('%j is refused in words, and what can be stays', (words, problem) => {
  const { filter, problems } = understand(`lstm ${words}`, now);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(problem);
  expect(filter).toMatchObject({ strategy_type: ['lstm'] });
});

const choices = {
  symbols: ['@ALL', 'GOOG', 'GOLD', 'SP500', 'NIFTY 50'],
  errors: ['TOO_FEW_BARS', 'DISK_FULL'],
};
test.each([
  ['s', ['status:', 'strategy:', 'symbol:', 'since:', 'trigger:schedule', 'symbol:SP500']],
  ['status:', ['status:queued', 'status:running', 'status:completed', 'status:failed', 'status:cancelled']],
  ['lstm status:f', ['status:failed']],
  ['symbol:go', ['symbol:GOOG', 'symbol:GOLD']],
  ['nif', ['symbol:"NIFTY 50"']],
  ['symbol:"nifty ', ['symbol:"NIFTY 50"']],
  ['error:d', ['error:DISK_FULL']],
  ['status:failed', []],
])('after %j comes one of %j', (words, expected) => {
  expect(suggestions(words, choices)).toEqual(expected);
});

test('a suggestion takes the place of what was typed of it', () => {
  expect(completed('lstm sta', 'status:')).toBe('lstm status:');
  expect(completed('lstm status:f', 'status:failed')).toBe('lstm status:failed ');
});

test('rows that are read stay and change in place; new ones wait, those that are gone are marked', () => {
  const row = (id: string, status = 'queued') => ({ id, status });
  const read = (shown: string[] | null, known: ReturnType<typeof row>[], come: ReturnType<typeof row>[]) =>
    reading(shown, new Map(known.map((one) => [one.id, one])), come, ({ id }) => id);
  const [a, b, c] = [row('a'), row('b'), row('c')];
  expect(read(null, [], [a, b])).toEqual({ rows: [a, b], waiting: 0, gone: new Set() });
  const running = row('b', 'running');
  expect(read(['a', 'b'], [a, running], [row('n'), a, running])).toEqual({
    rows: [a, running],
    waiting: 1,
    gone: new Set(),
  });
  // Pushed out at the end by the new one, not gone.
  expect(read(['a', 'b', 'c'], [a, b, c], [row('n'), a, b])).toMatchObject({
    rows: [a, b, c],
    waiting: 1,
    gone: new Set(),
  });
  expect(read(['a', 'b', 'c'], [a, b, c], [b, c])).toMatchObject({
    rows: [a, b, c],
    waiting: 0,
    gone: new Set(['a']),
  });
});
