// A search over bars in the database: it goes on where it was, counts what it tried, and says what trainings use.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  connectDatabase,
  dueForTuning,
  forgetTuned,
  holdTuningLease,
  leaveTuningLease,
  listTuned,
  loadConfig,
  migrate,
  noteTuningProblem,
  trainingSettings,
  tunedOf,
  tunedSettings,
} from '@ml-training/core';
import { startServers } from '@ml-training/testing';
import { tunePair, type PairTuning, type TuneRequest } from '../src/index.ts';

const servers = await startServers();
const sql = connectDatabase(servers.databaseUrl, { applicationName: 'tuning test' });
beforeAll(() => migrate(sql));
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await servers.stop();
});

// All but one number is fixed, and small.
const brief = {
  num_boost_round: 3,
  forest_trees: 2,
  learning_rate: 0.1,
  lasso_penalties: 0,
  logistic_penalties: 1,
  stacking_l2: 10,
  cv_folds: 1,
};
const config = loadConfig({
  TRAINING_BATCH_SIZE: '300',
  TRAINING_PARAMS: JSON.stringify({ ensemble: brief }),
});
const pair = { strategy_type: 'ensemble', symbol: '@ALL' } as const;
const order = (more: Partial<TuneRequest> = {}): TuneRequest => ({
  ...pair,
  trials: 3,
  folds: 2,
  bars: 350,
  threads: 1,
  signal: new AbortController().signal,
  ...more,
});

/** Hourly bars from one number to another, in which a sine and its own noise can be told apart by nobody. */
const addBars = (symbol: string, from: number, to: number, factor = 1) => sql`
  INSERT INTO market_data (symbol, time, open, high, low, close, volume)
  SELECT ${symbol}, '2024-01-01T00:00Z'::timestamptz + make_interval(hours => i), c, c * 1.01, c * 0.99, c, 1000 + i % 7
  FROM (SELECT i, ${factor}::float8 * (100 + sin(i * i * 0.37) + 3 * sin(i / 9.0)) AS c
        FROM generate_series(${from}::int, ${to}::int) i) bars`;

beforeEach(async () => {
  await sql`TRUNCATE market_data, ml_training_tunings, ml_training_tuned, ml_training_trials,
    ml_training_tuning_lease CASCADE`;
  await addBars('A', 1, 400);
  await addBars('B', 1, 400, 2);
});

/** Without what the clock says. */
const plain = ({ trials, kept: _, ...found }: PairTuning) => ({
  ...found,
  trials: trials.map((one) => ({ ...one, seconds: 0 })),
});
const folds = () => sql`SELECT trial, fold FROM ml_training_tuning_folds`;

describe('a search', () => {
  test('that was interrupted goes on with the bars that it began with, and ends as if nothing had been', async () => {
    const whole = await tunePair({ sql, config }, order());
    expect(whole.kept).toBe(0);
    await sql`TRUNCATE ml_training_tunings, ml_training_tuned CASCADE`;
    const stop = new AbortController();
    const progress: TuneRequest['progress'] = (_, stage) => {
      if (stage.startsWith('trial 3')) stop.abort(new Error('killed'));
    };
    await expect(tunePair({ sql, config }, order({ progress, signal: stop.signal }))).rejects.toThrow(
      'killed',
    );
    expect(await tunedOf(sql, pair)).toBeNull();
    const before = (await folds()).length;
    expect(before).toBeGreaterThanOrEqual(2);
    // Bars that came in meanwhile are for the next search.
    await addBars('A', 401, 420);
    await addBars('B', 401, 420, 2);
    const resumed = await tunePair({ sql, config }, order());
    expect(resumed.kept).toBe(before);
    expect(plain(resumed)).toEqual(plain(whole));
    expect(await tunedOf(sql, pair)).toMatchObject({ params: resumed.params, problem: null });
    // It has ended: the next one is of the new bars, and one of the same bars trains nothing again.
    const next = await tunePair({ sql, config }, order());
    expect(next.dataTo).toBeGreaterThan(resumed.dataTo);
    expect(next.kept).toBe(0);
    const same = await tunePair({ sql, config }, order());
    expect(same.kept).toBe(
      (
        await sql`
      SELECT FROM ml_training_tuning_folds JOIN ml_training_tunings USING (tuning_id)
      WHERE begun_at = (SELECT max(begun_at) FROM ml_training_tunings)`
      ).length,
    );
    expect(plain(same)).toEqual(plain(next));
    // Begun anew, or with another seed, nothing is taken over.
    expect((await tunePair({ sql, config }, order({ fromScratch: true }))).kept).toBe(0);
    expect((await tunePair({ sql, config }, order({ seed: 5 }))).kept).toBe(0);
  });

  test('finds the same whatever the bars of the holdout are', async () => {
    const first = await tunePair({ sql, config }, order());
    const scores = () => sql`SELECT trial, fold, scores FROM ml_training_tuning_folds ORDER BY 1, 2`;
    const found = await scores();
    const changed = await sql`
      UPDATE market_data SET close = close * (1 + 0.01 * sin(extract(epoch FROM time) / 7000)), volume = 5
      WHERE time > ${new Date(first.dataTo)} RETURNING time`;
    // Of 300 bars each a fifth, and the gap before it.
    expect(changed.length).toBeGreaterThan(100);
    const again = await tunePair({ sql, config }, order({ fromScratch: true }));
    expect(plain(again)).toEqual(plain(first));
    expect(await scores()).toEqual(found);
    await sql`UPDATE market_data SET close = close * 0.98 WHERE time = ${new Date(first.dataTo)}`;
    await tunePair({ sql, config }, order({ fromScratch: true }));
    expect(await scores()).not.toEqual(found);
  });

  test('counts each set of settings once among what was tried of each symbol', async () => {
    const tried = () => sql`
      SELECT symbol, kind, count(*)::int FROM ml_training_trials GROUP BY 1, 2 ORDER BY 1`;
    await tunePair({ sql, config }, order());
    const expected = ['A', 'B'].map((symbol) => ({ symbol, kind: 'tuning', count: 3 }));
    expect(await tried()).toEqual(expected);
    await tunePair({ sql, config }, order({ fromScratch: true }));
    expect(await tried()).toEqual(expected);
  });

  test('keeps the newest searches of a pair only', async () => {
    await sql`
      INSERT INTO ml_training_tunings (tuning_id, strategy_type, symbol, identity, bars, data_sha256, begun_at)
      SELECT gen_random_uuid(), 'ensemble', '@ALL', nr::text, '[]', '', now() - make_interval(hours => nr)
      FROM generate_series(1, 7) nr`;
    await tunePair({ sql, config }, order({ trials: 2, folds: 1 }));
    const left = await sql`SELECT identity FROM ml_training_tunings ORDER BY begun_at DESC`;
    expect(left.map(({ identity }) => String(identity)).slice(1)).toEqual(['1', '2', '3', '4']);
  });

  test.each([
    [
      { symbol: 'A', strategy_type: 'lstm' },
      { bars: 100 },
      {},
      /A has \d+ bars before the holdout, but a search in/,
    ],
    [
      { symbol: 'NONE', strategy_type: 'lstm' },
      {},
      {},
      /NONE has not the 100 bars that MIN_TRAINING_DATA_POINTS/,
    ],
    [
      pair,
      {},
      { logistic_l2: 0.1 },
      /ensemble has no setting that can be searched: TRAINING_PARAMS sets num_boost/,
    ],
    [{ ...pair, strategy_type: 'gru' }, {}, {}, /"gru" is no strategy/],
  ])('of %j with %j and %j says what is wrong', async (of, more, params, message) => {
    const given = loadConfig({
      TRAINING_BATCH_SIZE: '200',
      TRAINING_PARAMS: JSON.stringify({ ensemble: { ...brief, ...params } }),
    });
    await expect(tunePair({ sql, config: given }, order({ folds: 4, ...more, ...of }))).rejects.toThrow(
      message,
    );
  });
});

describe('what trainings use of a search', () => {
  const stored = (params: object) => sql`
    INSERT INTO ml_training_tuned (strategy_type, symbol, params, tuned_at)
    VALUES ('lstm', 'A', ${sql.json(params as never)}, now())
    ON CONFLICT (strategy_type, symbol) DO UPDATE SET params = excluded.params, tuned_at = now()`;
  const lstm = { strategy_type: 'lstm', symbol: 'A' };
  const used = async (training: object = {}) => {
    const given = loadConfig({ TRAINING_STRATEGIES: 'lstm', TRAINING_PARAMS: JSON.stringify(training) });
    const tuned = await tunedSettings(sql, given, lstm);
    return {
      settings: trainingSettings(given, 'lstm', tuned),
      found: tuned?.params,
      problem: tuned?.problem,
    };
  };

  test('are its settings over the defaults, below what TRAINING_PARAMS sets, by whatever name', async () => {
    expect(await used({ all: { cost_bps: 2 } })).toEqual({ settings: { cost_bps: 2 }, problem: undefined });
    await stored({ units: 64, dropout: 0.3 });
    expect(await used()).toEqual({
      settings: { units: 64, dropout: 0.3 },
      found: { units: 64, dropout: 0.3 },
      problem: null,
    });
    expect(await used({ all: { dropout: 0.1 } })).toEqual({
      settings: { units: 64, dropout: 0.1 },
      found: { units: 64 },
      problem: null,
    });
    expect(await used({ lstm: { units: 8 } })).toEqual({
      settings: { units: 8, dropout: 0.3 },
      found: { dropout: 0.3 },
      problem: null,
    });
  });

  test('are none of them where one of them can not be set any more, and nothing where none was better', async () => {
    await stored({ units: 64, gone: 1 });
    expect(await used()).toEqual({
      settings: {},
      found: {},
      problem: expect.stringContaining('lstm has no setting "gone"'),
    });
    await stored({});
    expect(await used()).toEqual({ settings: {}, problem: undefined });
  });

  test('are forgotten when somebody says so', async () => {
    await stored({ units: 64 });
    expect(await forgetTuned(sql, lstm)).toBe(true);
    expect(await used()).toEqual({ settings: {}, problem: undefined });
    expect(await forgetTuned(sql, lstm)).toBe(false);
    expect(await listTuned(sql)).toEqual([expect.objectContaining({ ...lstm, params: {}, tuned_at: null })]);
  });
});

describe('whose turn it is', () => {
  const [a, b] = [
    { strategy_type: 'lstm', symbol: 'A' },
    { strategy_type: 'lstm', symbol: 'B' },
  ];

  test('is of the pair that was not searched for the longest, also where a search failed', async () => {
    expect(await dueForTuning(sql, [a, b], 3600)).toEqual(a);
    await noteTuningProblem(sql, a, 'too few bars');
    expect(await dueForTuning(sql, [a, b], 3600)).toEqual(b);
    await noteTuningProblem(sql, b, 'too few bars');
    expect(await dueForTuning(sql, [a, b], 3600)).toBeNull();
    await sql`UPDATE ml_training_tuned SET looked_at = now() - interval '2 hours' WHERE symbol = 'B'`;
    expect(await dueForTuning(sql, [a, b], 3600)).toEqual(b);
    expect(await dueForTuning(sql, [a], 3600)).toBeNull();
    expect(await dueForTuning(sql, [], 3600)).toBeNull();
  });

  test('is one trainer’s at a time, until its lease ends or it leaves', async () => {
    expect(await holdTuningLease(sql, 'one', 60)).toBe(true);
    expect(await holdTuningLease(sql, 'one', 60)).toBe(true);
    expect(await holdTuningLease(sql, 'two', 60)).toBe(false);
    await sql`UPDATE ml_training_tuning_lease SET until = now() - interval '1 second'`;
    expect(await holdTuningLease(sql, 'two', 60)).toBe(true);
    await leaveTuningLease(sql, 'one');
    expect(await holdTuningLease(sql, 'one', 60)).toBe(false);
    await leaveTuningLease(sql, 'two');
    expect(await holdTuningLease(sql, 'one', 60)).toBe(true);
  });
});
