import {
  boundedDatabase,
  dueChampions,
  holdLiveLease,
  leaveLiveLease,
  newestBars,
  noteLook,
  pause,
  throttledWarning,
  withDeadline,
  type BoundedDatabase,
  type DueChampion,
  type Looked,
  type ServiceContext,
} from '@ml-training/core';
import type { Idle } from '../idle.ts';
import { actOnVerdict } from './below-floor.ts';
import { createScorer, type Scorer } from './scorer.ts';

export type ScoringContext = Pick<
  ServiceContext,
  'config' | 'log' | 'redis' | 'sql' | 'instance' | 'stopping'
> & {
  /** How long one model may take. */
  readonly scoreMs?: number;
};

/** Each model is looked at so often at least, and at each training run. */
const everySeconds = 3600;
const lookEveryMs = 60_000;
/** Of one model; a usual one takes some tens of milliseconds, the first of a process half a second. */
const usualScoreMs = 30_000;
const answerMs = 10_000;
/** Longer than one model and the noting of it take. */
const leaseSeconds = 90;
/** Of the few seconds that a stop takes; else the lease just ends. */
const leaveMs = 1000;
const batch = 100;

/**
 * Scores every model in use on the bars that came since it was trained, hourly and at each training run,
 * until asked to stop. One process of the whole fleet does so at a time, at the lowest priority, beside the
 * trainings and never in their stead. What is left undone, the next look does, here or elsewhere.
 */
export async function keepScoring(context: ScoringContext, idle: Idle): Promise<void> {
  const { log, sql, stopping } = context;
  const database = boundedDatabase(sql, { ms: answerMs, what: 'live scores' });
  const warn = throttledWarning(log, 'models in use could not be scored on new bars');
  while (!stopping.aborted) {
    await idle
      .during(() => scoreDue(context, database))
      .catch((error: unknown) => {
        if (!stopping.aborted) warn(error);
      });
    await pause(lookEveryMs, stopping);
  }
  await database.end();
}

/** Looks at each model that it is time for, one after another; at none while somebody else does. */
export async function scoreDue(context: ScoringContext, database: BoundedDatabase): Promise<void> {
  const { config, instance, stopping } = context;
  const hold = () => database.run((sql) => holdLiveLease(sql, instance, leaseSeconds), stopping);
  let scorer: Scorer | null = null;
  let held = false;
  try {
    for (let more = true; more && !stopping.aborted;) {
      const due = await database.run((sql) => dueChampions(sql, { everySeconds, limit: batch }), stopping);
      if (due.length === 0) return;
      const symbols = [...new Set(due.map(({ model }) => model.symbol))];
      const newest = await database.run((sql) => newestBars(sql, symbols), stopping);
      for (const one of due) {
        held = await hold();
        if (!held) return;
        const newestBar = newest.get(one.model.symbol) ?? null;
        const look = { modelId: one.model.model_id, newestBar };
        if (nothingNew(one, newestBar)) {
          await note(context, database, { ...look, problem: one.problem, score: null });
          continue;
        }
        scorer ??= createScorer({ config, deadlineMs: context.scoreMs ?? usualScoreMs, stopping });
        const { model, train_labels: trainLabels } = one;
        const answer = await scorer.ask({ model, after: lastKnown(one), trainLabels });
        if (answer === null) return;
        const { score, problem } = answer;
        if (problem !== null && problem !== one.problem) sayProblem(context, one, problem);
        const noted = await note(context, database, { ...look, problem, score });
        if (noted && score !== null) await actOnVerdict(context, database, model, score);
      }
      more = due.length === batch;
    }
  } finally {
    scorer?.end();
    if (held)
      await withDeadline(leaveLiveLease(context.sql, instance), leaveMs, 'leaving the lease to score').catch(
        () => undefined,
      );
  }
}

/** A model with a problem is looked at all the same: its file may be back. */
function nothingNew(champion: DueChampion, newestBar: Date | null): boolean {
  if (newestBar === null) return true;
  if (champion.problem !== null) return false;
  const seen = champion.newest_bar ?? champion.trained_to ?? lastKnown(champion);
  return newestBar.getTime() <= seen.getTime();
}

/** What came after it is new to the model; of one from before its holdout was kept, for sure. */
const lastKnown = ({ model, judged_to, trained_to }: DueChampion): Date =>
  judged_to ?? trained_to ?? model.created_at;

const note = (
  { instance, stopping }: ScoringContext,
  database: BoundedDatabase,
  look: Looked,
): Promise<boolean> => database.run((sql) => noteLook(sql, instance, look), stopping);

function sayProblem({ log }: ScoringContext, { model }: DueChampion, problem: string): void {
  const { model_id, strategy_type, symbol: model_symbol } = model;
  log.warn('a model in use could not be scored on new bars', {
    model_id,
    strategy_type,
    model_symbol,
    error: problem,
  });
}
