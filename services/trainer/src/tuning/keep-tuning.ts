import {
  boundedDatabase,
  dueForTuning,
  holdTuningLease,
  leaveTuningLease,
  noteTuningProblem,
  pause,
  throttledWarning,
  withDeadline,
  type BoundedDatabase,
  type Pair,
  type ServiceContext,
} from '@ml-training/core';
import { pairsToTune } from '@ml-training/tuning';
import type { Idle } from '../idle.ts';
import { searchInProcess } from './searcher.ts';

type TuningContext = Pick<ServiceContext, 'config' | 'log' | 'sql' | 'instance' | 'stopping'>;

const lookEveryMs = 60_000;
const answerMs = 10_000;
const leaseSeconds = 90;
const renewMs = 20_000;
/** Of the few seconds that a stop takes; else the lease just ends. */
const leaveMs = 1000;

/**
 * Searches better settings of each pair that a run would train, one after another, as often as TUNE_EVERY says,
 * until asked to stop. One process of the whole fleet does so at a time, at the lowest priority and with one
 * thread: beside the trainings and never in their stead. A search that was interrupted goes on where it was,
 * here or elsewhere.
 */
export async function keepTuning(context: TuningContext, idle: Idle): Promise<void> {
  const { config, log, sql, stopping } = context;
  if (config.TUNE_EVERY === 0) return;
  const database = boundedDatabase(sql, { ms: answerMs, what: 'tuning' });
  const warn = throttledWarning(log, 'better settings could not be searched');
  while (!stopping.aborted) {
    await idle
      .during(() => tuneDue(context, database))
      .catch((error: unknown) => {
        if (!stopping.aborted) warn(error);
      });
    await pause(lookEveryMs, stopping);
  }
  await database.end();
}

/** Searches each pair whose turn it is; none while somebody else does. */
async function tuneDue(context: TuningContext, database: BoundedDatabase): Promise<void> {
  const { config, instance, sql, stopping } = context;
  const hold = () => database.run((own) => holdTuningLease(own, instance, leaseSeconds), stopping);
  let held = false;
  try {
    for (;;) {
      const pairs = await database.run((own) => pairsToTune(own, config), stopping);
      const due = await database.run((own) => dueForTuning(own, pairs, config.TUNE_EVERY), stopping);
      if (due === null || !(held = await hold())) return;
      await searchHolding(context, database, due, hold);
      if (stopping.aborted) return;
    }
  } finally {
    if (held)
      await withDeadline(leaveTuningLease(sql, instance), leaveMs, 'leaving the lease to tune').catch(
        () => undefined,
      );
  }
}

/** One search, for as long as the lease is ours: whoever has it next begins anew with what is kept. */
async function searchHolding(
  { config, log, stopping }: TuningContext,
  database: BoundedDatabase,
  pair: Pair,
  hold: () => Promise<boolean>,
): Promise<void> {
  const facts = { strategy_type: pair.strategy_type, tuned_symbol: pair.symbol };
  const lost = new AbortController();
  const renewal = setInterval(() => {
    // The database may answer again before the lease ends; a second holder does no harm but work twice.
    hold().then(
      (ours) => {
        if (!ours) lost.abort();
      },
      () => undefined,
    );
  }, renewMs);
  try {
    const ended = await searchInProcess(
      { ...pair, trials: config.TUNE_TRIALS },
      {
        config,
        quietMs: 1000 * config.TRAINING_JOB_TIMEOUT,
        stopping: AbortSignal.any([stopping, lost.signal]),
      },
    );
    if (ended === null) {
      if (lost.signal.aborted) log.warn('another trainer goes on with a search of settings', facts);
    } else if (ended.kind === 'failed') {
      log.warn('no better settings could be searched', { ...facts, error: ended.problem });
      // What passes is tried again at the next look.
      if (ended.passing) throw new Error(ended.problem);
      await database.run((sql) => noteTuningProblem(sql, pair, ended.problem), stopping);
    } else log.info('searched better settings', { ...facts, trials: ended.trials, found: ended.params });
  } finally {
    clearInterval(renewal);
  }
}
