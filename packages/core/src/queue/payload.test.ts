import { describe, expect, test } from '@jest/globals';
import { jobEntry, parsePayload } from './payload.ts';

const job_id = '0b64f7a2-6a5e-4b9e-9f0a-1c2d3e4f5a6b';

describe('queue entries', () => {
  test('our own entry leads back to its job', () => {
    const entry = jobEntry({ job_id, strategy_type: 'lstm', symbol: 'BTC/USD' });
    expect(parsePayload(entry)).toEqual({ kind: 'job', jobId: job_id });
  });

  test("a bot's wish is taken as it is", () => {
    expect(parsePayload('{"strategy_type": "lstm", "symbol": "AAPL"}')).toEqual({
      kind: 'request',
      strategyType: 'lstm',
      symbol: 'AAPL',
    });
  });

  test('a wish for the ensemble of one symbol means the ensemble of all', () => {
    expect(parsePayload('{"strategy_type":"ensemble","symbol":"AAPL"}')).toMatchObject({ symbol: 'ALL' });
  });

  test.each([
    ['not JSON', 'hello'],
    ['cut short', '{"strategy_type":"lstm"'],
    ['null', 'null'],
    ['an array', '[]'],
    ['nested 10,000 deep', '['.repeat(10_000) + ']'.repeat(10_000)],
    ['10 MB', `"${'x'.repeat(10_000_000)}"`],
    ['an unknown strategy', '{"strategy_type":"svm","symbol":"AAPL"}'],
    ['a strategy that every object has', '{"strategy_type":"constructor","symbol":"AAPL"}'],
    ['no symbol', '{"strategy_type":"lstm"}'],
    ['a path', '{"strategy_type":"lstm","symbol":"../x"}'],
    ['a path further in', '{"strategy_type":"lstm","symbol":"a/../../x"}'],
    ['a NUL', '{"strategy_type":"lstm","symbol":"A\\u0000"}'],
    ['300 characters', `{"strategy_type":"lstm","symbol":"${'A'.repeat(300)}"}`],
    ['__proto__ as a symbol', '{"strategy_type":"lstm","symbol":"__proto__"}'],
    ['__proto__ as a key', '{"__proto__":{"strategy_type":"lstm","symbol":"AAPL"}}'],
    ['a job_id that is none', '{"job_id":"1"}'],
    ['a job_id of another type', '{"job_id":{}}'],
  ])('%s is garbage, with a reason', (_, entry) => {
    const payload = parsePayload(entry);
    expect(payload).toEqual({ kind: 'garbage', reason: expect.stringMatching(/\w/) });
  });
});
