// `ml tune`: a search of settings over bars in the database.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '@ml-training/testing';
import { startLab } from './ml.ts';

const lab = await startLab();
const { ml, sql } = lab;
afterAll(() => lab.end());

const main = path.join(import.meta.dirname, '../src/main.ts');
const samples = path.join(import.meta.dirname, '../../../infra/sample-data');
const brief = {
  num_boost_round: 3,
  forest_trees: 2,
  learning_rate: 0.1,
  lasso_penalties: 0,
  logistic_penalties: 1,
};
const env = {
  TRAINING_BATCH_SIZE: '300',
  TRAINING_SYMBOLS: 'GOOG',
  TRAINING_PARAMS: JSON.stringify({ ensemble: brief }),
};
const quick = ['tune', 'ensemble', '--trials', '5', '--folds', '2', '--bars', '400'];

beforeAll(async () => {
  await ml(['import', path.join(samples, 'GOOG.csv')]);
});

describe('ml tune', () => {
  test('that was killed goes on where it was, and shows each set of settings and what is used', async () => {
    const folds = () => sql`SELECT trial, fold FROM ml_training_tuning_folds`;
    const killed = spawn(process.execPath, [main, ...quick], {
      env: { PATH: process.env['PATH'], DATABASE_URL: lab.databaseUrl, REDIS_URL: lab.redisUrl, ...env },
      stdio: 'ignore',
    });
    const exited = once(killed, 'exit');
    await until(async () => (await folds()).length >= 2, { what: 'two trainings of the search' });
    killed.kill('SIGKILL');
    await exited;
    const before = (await folds()).length;
    const { code, out, err } = await ml(quick, env);
    expect(code).toBe(0);
    expect(err).toMatch(/^ensemble @ALL {2}█.* %  trial \d of 5, fold \d of 2$/m);
    const lines = out.split('\n');
    expect(lines[0]).toMatch(
      /^ensemble @ALL: 5 sets of settings, each judged on up to 2 blocks of bars from 20\d\d-.* before the holdout$/,
    );
    // Five on one fold, the one in use and the better two on both.
    expect(lines[1]).toMatch(new RegExp(`^8 trainings in \\d+ s, ${before} of them by an earlier run$`));
    expect(lines[3]).toMatch(/^trial +log loss +better by \(bounds\) +folds +rows +seconds +settings$/);
    expect(lines[4]).toMatch(/^in use +0\.\d{4} +2 +\d+ +\d+\.\d +logistic_l2=0\.01 stacking_l2=10$/);
    expect(lines[5]).toMatch(/^\d +0\.\d{4} +-?0\.\d{4} \(-?0\.\d{4} to -?0\.\d{4}\) +2 /);
    expect(lines[9]).toBe('');
    expect(lines[10]).toMatch(
      /^(None was better than the settings in use beyond noise: they stay|Trial \d is better beyond noise)/,
    );
    expect(out).toContain('The bounds hold for all 4 together.');
  });

  test('without a strategy shows what was found, and --forget goes back to before', async () => {
    await sql`UPDATE ml_training_tuned SET params = '{"stacking_l2": 30}'`;
    const shown = await ml(['tune'], env);
    expect(shown.out).toMatch(/^ensemble  @ALL +20.*stacking_l2=30$/m);
    const forgotten = await ml(['tune', 'ensemble', '--forget'], env);
    expect(forgotten.out).toBe(
      'ensemble @ALL: forgotten; its trainings use its settings of before any search.\n',
    );
    expect((await ml(['tune', 'ensemble', '--forget'], env)).out).toBe(
      'ensemble @ALL: there was nothing to forget.\n',
    );
    expect((await ml(['tune'], env)).out).toMatch(/^ensemble  @ALL +20.*those of before any search$/m);
  });

  test.each([
    [['gru'], /"gru" is no strategy: it must be one of ensemble, lstm, rl/],
    [['ensemble', 'GOOG'], /the ensemble is one model over all symbols: ask for "ml tune ensemble"/],
    [['lstm', 'AAPL'], /AAPL has not the 100 bars that MIN_TRAINING_DATA_POINTS asks for: import more/],
    [
      ['lstm', 'GOOG', '--folds', '50'],
      /GOOG has 1\d+ bars before the holdout, but a search in 50 folds takes 2036/,
    ],
    [['lstm', 'GOOG', '--trials', '0'], /must be a whole number of 1 or more/],
    [['--forget'], /say of which strategy: ml tune STRATEGY \[SYMBOL\] --forget/],
  ])('%j is refused', async (args, message) => {
    const { code, err } = await ml(['tune', ...args]);
    expect(code).toBe(1);
    expect(err).toMatch(message);
  });
});
