// Strategies of the user's own that go wrong in real trainers: each fails its own jobs, by file and line and
// once, and the trainer goes on with others.
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { adviceOn, barsPlace, keys, refreshStrategies } from '@ml-training/core';
import { until } from '@ml-training/testing';
import { startLab } from './fleet.ts';

const lab = await startLab();
const { strategiesDir, writeStrategy: write } = lab;
afterAll(() => lab.end());
beforeEach(() => lab.reset());
afterEach(() => lab.stopServices());

const seconds = 100_000;
/** Line 5 is what `features` returns. */
const returning = (features: string, first = ''): string => `${first}export default {
  learner: 'ensemble', scope: 'symbol', window: 21,
  settings: { num_boost_round: 5, forest_trees: 2 },
  features: ({ bars, ta }) => {
    return ${features};
  },
};
`;
const right = returning('{ a: ta.logReturn(bars.close, 1), b: ta.logReturn(bars.close, 20) }');

/** Each was right when it was found, so that it could be asked for. */
const broken: readonly (readonly [name: string, code: string, message: RegExp])[] = [
  ['syntax', 'export default {\n  learner: \n};\n', /strategy\.ts:3: SyntaxError/],
  ['throws', returning('{ a: bars.closes.map((c) => c) }'), /strategy\.ts:5:\d+: TypeError/],
  [
    'nan',
    returning('{ a: bars.close.map((c, t) => (t === 250 ? NaN : c)) }'),
    /strategy\.ts: the feature a is NaN at /,
  ],
  [
    'length',
    returning('{ a: bars.close.slice(1) }'),
    /strategy\.ts: the feature a has \d+ values for \d+ bars/,
  ],
  [
    'loops',
    returning("{ a: bars.close.map((c) => { while (bars.symbol === 'GOOG'); return c; }) }"),
    /strategy\.ts: features didn't come to an end within 8 s/,
  ],
  [
    'environment',
    returning('{ a: bars.close.map(() => Number(process.env.SECRET)) }'),
    /strategy\.ts:5:\d+: .*process\.env/,
  ],
  [
    'socket',
    returning('{ a: bars.close }', "import net from 'node:net'; "),
    /strategy\.ts:1: imports node:net: a strategy may not/,
  ],
];

const known = async (): Promise<ReadonlySet<string>> => {
  const rows = await lab.sql<{ strategy_type: string }[]>`
    SELECT strategy_type FROM ml_strategies WHERE in_folder`;
  return new Set(rows.map(({ strategy_type }) => strategy_type));
};

test(
  'one whose code did not come to an end in time, as on a busy machine, is looked at again by itself',
  async () => {
    // To be loaded it has 30 s.
    await write('late', `while (Date.now() < ${Date.now() + 40_000});\n${right}`);
    const trainer = lab.start('trainer', { STRATEGIES_DIR: strategiesDir });
    await trainer.waitForLine(/"strategy_type":"late".*didn't come to an end within/, 90_000);
    await until(async () => (await known()).has('late'), { what: 'it to be known' });
    expect(trainer.lines.filter((line) => line.includes('a strategy can not be used'))).toHaveLength(1);
  },
  seconds,
);

test(
  'each that is broken fails its own job once, by its file and line; the trainer and the others go on',
  async () => {
    for (const [name] of broken) await write(name, right);
    await write('right', right);
    const trainer = lab.start('trainer', { STRATEGIES_DIR: strategiesDir });
    await trainer.waitForLine(/"msg":"ready"/);
    const names = ['right', ...broken.map(([name]) => name)];
    await until(
      async () => {
        const now = await known();
        return names.every((name) => now.has(name));
      },
      { what: 'all to be known' },
    );
    for (const [name, code] of broken) await write(name, code);
    await refreshStrategies(lab.sql);
    await lab.request(...broken.map(([name]) => ({ strategy_type: name, symbol: 'GOOG' })), {
      strategy_type: 'right',
      symbol: 'GOOG',
    });
    // The entries as people write them do, too.
    await lab.redis.lpush(keys.queue, '{"strategy_type": "throws", "symbol": "SP500"}');
    await until(async () => (await lab.jobs()).length === broken.length + 2, {
      what: 'the job of the entry',
    });
    await lab.allEnded();
    const jobs = await lab.jobs();
    const job = (name: string, symbol = 'GOOG') =>
      jobs.find((one) => one.strategy_type === name && one.symbol === symbol)!;
    for (const [name, , message] of broken) {
      expect(job(name)).toMatchObject({
        status: 'failed',
        attempt: 1,
        error_code: 'INVALID_STRATEGY',
        error_message: expect.stringMatching(new RegExp(`${name}/${message.source}`)),
      });
      expect(adviceOn(job(name), barsPlace(null))).toMatch(
        new RegExp(`^Mend .*${name}/strategy\\.ts.*"ml strategies check ${name} GOOG"`),
      );
    }
    expect(job('throws', 'SP500')).toMatchObject({ status: 'failed', attempt: 1 });
    expect(job('right')).toMatchObject({ status: 'completed', error_message: null });
    // Told of once, and the process is the same.
    expect(trainer.lines.filter((line) => line.includes('"msg":"ready"'))).toHaveLength(1);
    expect(await lab.redis.llen(keys.queue)).toBe(0);
  },
  seconds,
);
