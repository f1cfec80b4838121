import { constants, setPriority } from 'node:os';
import {
  connectDatabase,
  failureOf,
  errorFacts,
  loadConfig,
  lookForPooler,
  refreshStrategies,
} from '@ml-training/core';
import { tunePair } from '@ml-training/tuning';
import type { TuneMessage, TuneOrder } from './messages.ts';

// Behind all trainings, whatever cores there are.
try {
  setPriority(constants.priority.PRIORITY_LOW);
} catch {
  // It has one thread all the same.
}

const config = loadConfig();
const sql = connectDatabase(config.DATABASE_URL, { applicationName: 'tuning', max: 1, bars: config });
const tell = (message: TuneMessage): void => void process.send?.(message);

// Whoever asked is gone: somebody else goes on with what is kept.
process.on('disconnect', () => process.exit(1));
// Our own parent's messages only, one at a time.
process.on('message', (order: TuneOrder) => void search(order).then(tell));

async function search({ trials, ...pair }: TuneOrder): Promise<TuneMessage> {
  try {
    await lookForPooler(sql);
    await refreshStrategies(sql);
    const { params, ...found } = await tunePair(
      { sql, config },
      {
        ...pair,
        trials,
        threads: 1,
        signal: new AbortController().signal,
        progress: (fraction, stage) => tell({ kind: 'progress', fraction, stage }),
      },
    );
    return { kind: 'done', params, trials: found.trials.length };
  } catch (error) {
    const passing = failureOf(error).infrastructure === true;
    return { kind: 'failed', problem: errorFacts(error).error, passing };
  }
}
