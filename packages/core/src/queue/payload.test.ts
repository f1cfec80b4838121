import { describe, expect, test } from '@jest/globals';
import { setOwnStrategies } from '@ml-training/sdk';
import { jobEntry, parsePayload, urgencyOf, usualSpelling, wishEntry } from './payload.ts';

const job_id = '0b64f7a2-6a5e-4b9e-9f0a-1c2d3e4f5a6b';

describe('queue entries', () => {
  test('our own entry leads back to its job', () => {
    const entry = jobEntry({ job_id, strategy_type: 'lstm', symbol: 'BTC/USD' });
    expect(parsePayload(entry)).toEqual({ kind: 'job', jobId: job_id });
  });

  test("a bot's wish is taken as it is", () => {
    expect(parsePayload('{"strategy_type": "lstm", "symbol": "AAPL"}')).toEqual({
      kind: 'wish',
      jobId: null,
      strategyType: 'lstm',
      symbol: 'AAPL',
    });
  });

  test.each(['AAPL', 'ALL', '@ALL'])('a wish for the ensemble of %s means the ensemble of all', (symbol) => {
    expect(parsePayload(JSON.stringify({ strategy_type: 'ensemble', symbol }))).toMatchObject({
      symbol: '@ALL',
    });
  });

  test('ALL is a ticker to the strategies of one symbol', () => {
    expect(parsePayload('{"strategy_type":"rl","symbol":"ALL"}')).toMatchObject({
      kind: 'wish',
      symbol: 'ALL',
    });
  });

  test('a wish that was named keeps its id, strategy and symbol', () => {
    expect(parsePayload(wishEntry({ job_id, strategy_type: 'lstm', symbol: 'AAPL' }))).toEqual({
      kind: 'wish',
      jobId: job_id,
      strategyType: 'lstm',
      symbol: 'AAPL',
    });
  });

  test.each([
    ['no mark', `{"job_id":"${job_id}","strategy_type":"lstm","symbol":"AAPL"}`],
    ['a mark that is none', `{"job_id":"${job_id}","strategy_type":"lstm","symbol":"AAPL","wish":"true"}`],
  ])('an entry with a job_id and %s is a job, which is there or not', (_, entry) => {
    expect(parsePayload(entry)).toEqual({ kind: 'job', jobId: job_id });
  });

  test("the usual spelling of an ensemble's entry of before and of a named wish is the row's, a ticker ALL is left alone", () => {
    const entry = (strategy_type: string, symbol: string) => jobEntry({ job_id, strategy_type, symbol });
    expect(usualSpelling(entry('ensemble', 'ALL'))).toBe(entry('ensemble', '@ALL'));
    expect(usualSpelling(entry('lstm', 'ALL'))).toBe(entry('lstm', 'ALL'));
    expect(usualSpelling(wishEntry({ job_id, strategy_type: 'lstm', symbol: 'ALL' }))).toBe(
      entry('lstm', 'ALL'),
    );
  });

  test('a job is one job however urgent its entry says that it is', () => {
    const job = { job_id, strategy_type: 'lstm', symbol: 'AAPL' };
    const entries = (['manual', 'tick', 'schedule'] as const).map((trigger) => jobEntry({ ...job, trigger }));
    expect(entries.map(parsePayload)).toEqual(entries.map(() => ({ kind: 'job', jobId: job_id })));
    expect(entries.map(usualSpelling)).toEqual(entries.map(() => jobEntry(job)));
  });

  test("wishes, and a wish's job, are more urgent than what somebody asked for, that than the schedule's", () => {
    const job = { job_id, strategy_type: 'lstm', symbol: 'AAPL' };
    const urgencies = (...entries: string[]) => entries.map(urgencyOf);
    expect(
      urgencies(
        '{"symbol": "AAPL", "strategy_type": "lstm"}',
        wishEntry(job),
        jobEntry({ ...job, trigger: 'tick' }),
        'hello',
      ),
    ).toEqual([1, 1, 1, 1]);
    expect(urgencies(jobEntry(job), jobEntry({ ...job, trigger: 'manual' }))).toEqual([2, 2]);
    expect(urgencies(jobEntry({ ...job, trigger: 'schedule' }))).toEqual([3]);
  });

  test.each([
    ['not JSON', 'hello'],
    ['cut short', '{"strategy_type":"lstm"'],
    ['null', 'null'],
    ['an array', '[]'],
    ['nested 10,000 deep', '['.repeat(10_000) + ']'.repeat(10_000)],
    ['10 MB', `"${'x'.repeat(10_000_000)}"`],
    ['a strategy of no possible name', '{"strategy_type":"../svm","symbol":"AAPL"}'],
    ['a strategy of no name', '{"strategy_type":["lstm"],"symbol":"AAPL"}'],
    ['no symbol', '{"strategy_type":"lstm"}'],
    ['a path', '{"strategy_type":"lstm","symbol":"../x"}'],
    ['a path further in', '{"strategy_type":"lstm","symbol":"a/../../x"}'],
    ['a NUL', '{"strategy_type":"lstm","symbol":"A\\u0000"}'],
    ['300 characters', `{"strategy_type":"lstm","symbol":"${'A'.repeat(300)}"}`],
    ['__proto__ as a symbol', '{"strategy_type":"lstm","symbol":"__proto__"}'],
    ['__proto__ as a key', '{"__proto__":{"strategy_type":"lstm","symbol":"AAPL"}}'],
    ['a job_id that is none', '{"job_id":"1"}'],
    ['all symbols for a strategy of one', '{"strategy_type":"lstm","symbol":"@ALL"}'],
    ['a named wish for nothing', `{"job_id":"${job_id}","wish":true}`],
    ['a job_id of another type', '{"job_id":{}}'],
  ])('%s is garbage, with a reason', (_, entry) => {
    const payload = parsePayload(entry);
    expect(payload).toEqual({ kind: 'garbage', reason: expect.stringMatching(/\w/) });
  });

  test.each(['svm', 'constructor', 'momentum'])(
    'a strategy %s that nobody has told of may be one by now',
    (name) => {
      expect(parsePayload(JSON.stringify({ strategy_type: name, symbol: 'AAPL' }))).toEqual({
        kind: 'garbage',
        reason: 'strategy_type is none of ensemble, lstm, rl',
        unknownStrategy: true,
      });
    },
  );

  test("the user's own strategies are taken as the built-ins are, each by its scope", () => {
    const facts = {
      label: 'direction',
      promotionMetric: 'net_return',
      settings: {},
      description: '',
    } as const;
    setOwnStrategies([
      { type: 'momentum', scope: 'all', ...facts },
      { type: 'reversal', scope: 'symbol', ...facts },
      { type: 'lstm', scope: 'all', ...facts },
    ]);
    try {
      const symbolOf = (strategy_type: string, symbol: string) =>
        parsePayload(JSON.stringify({ strategy_type, symbol }));
      expect(symbolOf('momentum', 'AAPL')).toMatchObject({ strategyType: 'momentum', symbol: '@ALL' });
      expect(symbolOf('reversal', 'AAPL')).toMatchObject({ strategyType: 'reversal', symbol: 'AAPL' });
      expect(symbolOf('reversal', '@ALL')).toMatchObject({ kind: 'garbage' });
      // Nobody takes a built-in's place.
      expect(symbolOf('lstm', 'AAPL')).toMatchObject({ symbol: 'AAPL' });
    } finally {
      setOwnStrategies([]);
    }
  });
});
