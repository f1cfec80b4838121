// What must hold when nothing runs any more, whatever the swarm did meanwhile.
import assert from 'node:assert/strict';
import { psql, redis, within } from './swarm.mjs';

/**
 * @param runs how many times every pair was trained
 * @param besides how else a start of a training may have ended than completed, or handed back by a trainer that was stopped
 * @returns it in words
 */
export function nothingLost(runs, besides = []) {
  const rows = (query) => psql(query).split('\n').filter(Boolean);

  assert.deepEqual(
    rows("SELECT job_id, status, error_message FROM ml_training_jobs WHERE status <> 'completed'"),
    [],
    'every job is completed',
  );
  assert.deepEqual(
    rows('SELECT strategy_type, symbol, count(*) FROM ml_training_jobs GROUP BY 1, 2 ORDER BY 1, 2'),
    ['ensemble|@ALL', 'lstm|EURUSD', 'lstm|GOOG', 'lstm|SP500', 'rl|EURUSD', 'rl|GOOG', 'rl|SP500'].map(
      (pair) => `${pair}|${runs}`,
    ),
    'each pair has one job a run',
  );
  assert.deepEqual(
    rows(`SELECT j.job_id, count(m.model_id) FROM ml_training_jobs j LEFT JOIN ml_model_registry m USING (job_id)
      GROUP BY j.job_id, j.strategy_type
      HAVING count(m.model_id) <> CASE j.strategy_type WHEN 'ensemble' THEN 3 ELSE 1 END`),
    [],
    'each job registered its model once, an ensemble one a symbol',
  );
  assert.deepEqual(
    rows(`SELECT strategy_type, symbol FROM ml_model_registry GROUP BY 1, 2
      HAVING count(*) FILTER (WHERE is_active) <> 1`),
    [],
    'each pair has one model in use',
  );
  assert.equal(psql('SELECT count(DISTINCT (strategy_type, symbol)) FROM ml_model_registry'), '9');
  assert.equal(redis('LLEN', 'ml_training_queue'), '0', 'the queue is empty');
  assert.equal(redis('KEYS', "'ml_training_processing:*'"), '', 'no trainer holds an entry');

  const sums = rows('SELECT sha256, file_path FROM ml_model_registry').map((row) => row.replace('|', '  '));
  within('trainer', ['sha256sum', '--check', '--quiet'], `${sums.join('\n')}\n`);

  const starts = rows('SELECT outcome, count(*) FROM ml_training_attempts GROUP BY 1 ORDER BY 1');
  assert.deepEqual(
    starts
      .map((row) => row.split('|')[0])
      .filter((outcome) => !['completed', 'handed_back', ...besides].includes(outcome)),
    [],
    'a training ended or was handed back, and nothing else',
  );
  return `nothing lost; ${sums.length} models; trainings ${starts.join(', ').replaceAll('|', ' ')}`;
}

/** How many starts of a training ended with their job handed back by a trainer that was stopped. */
export const handedBack = () =>
  Number(psql("SELECT count(*) FROM ml_training_attempts WHERE outcome = 'handed_back'"));
