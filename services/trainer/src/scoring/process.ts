import { constants, setPriority } from 'node:os';
import { connectDatabase, errorFacts, loadConfig, lookForPooler, refreshStrategies } from '@ml-training/core';
import type { Scored, ScoreOrder } from './messages.ts';
import { scoreChampion } from './score-champion.ts';

// Behind all trainings, whatever cores there are.
try {
  setPriority(constants.priority.PRIORITY_LOW);
} catch {
  // It is small all the same.
}

const config = loadConfig();
const sql = connectDatabase(config.DATABASE_URL, { applicationName: 'live scores', max: 1, bars: config });
const strategies = lookForPooler(sql).then(() => refreshStrategies(sql));
strategies.catch(() => undefined);

process.on('disconnect', () => process.exit(1));
// Our own parent's messages only, one at a time.
process.on('message', (order: ScoreOrder) => void score(order).then((answer) => process.send!(answer)));

async function score(order: ScoreOrder): Promise<Scored> {
  try {
    await strategies;
    return await scoreChampion(config, sql, order);
  } catch (error) {
    // Of one model, whatever it is: the others are scored all the same, and this one again in an hour.
    return { score: null, problem: errorFacts(error).error };
  }
}
