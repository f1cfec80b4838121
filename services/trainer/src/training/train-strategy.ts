import {
  barsSha256,
  errorFacts,
  failureOf,
  removeCheckpoint,
  trainingSettings,
  tunedSettings,
  writeCheckpoint,
  type Checkpoint,
  type StrategySettings,
  type TunedSettings,
} from '@ml-training/core';
import {
  checkForLeaks,
  StrategyError,
  type LeakageReport,
  type Strategy,
  type Trained,
} from '@ml-training/strategies';
import type { Observer, TrainOrder } from '../messages.ts';
import { openJobFolder } from './job-folder.ts';
import { createCheckpointer, Stopped } from './checkpointer.ts';
import type { startStages } from './stages.ts';
import {
  beginningOf,
  checkpointOf,
  initFromNewestBars,
  identityOf,
  initFromCheckpoint,
  type Init,
  type TrainingContext,
} from './init.ts';

export interface TrainedStrategy extends Trained {
  readonly leaks: LeakageReport;
  readonly init: Init;
  /** What it used of the newest search of its pair; null for nothing. */
  readonly tuned: TunedSettings | null;
  readonly folder: Awaited<ReturnType<typeof openJobFolder>>;
}

/** One training: of what, by what, and who hears of it. */
export interface TrainingRun {
  readonly context: TrainingContext;
  readonly order: TrainOrder;
  readonly strategy: Strategy;
  readonly stages: ReturnType<typeof startStages>;
  readonly observer: Observer;
}

/**
 * Trains a strategy, from the job's last checkpoint where it holds, and keeps the next ones. What keeps a
 * training from being resumed or warm-started makes it begin without, once in the same attempt, and is
 * logged.
 * @throws Stopped when it was told to stop and has kept what it had; what the strategy throws
 */
export async function trainStrategy(run: TrainingRun): Promise<TrainedStrategy> {
  const { context, order, stages, observer } = run;
  const { needs } = run.strategy;
  const { config } = context;
  stages.enter('reading bars');
  const tuned = await tunedSettings(context.sql, config, order);
  if (tuned !== null) observer.note(noteOf(tuned));
  const params = trainingSettings(config, order.strategy_type, tuned);
  const identity = await identityOf(context, order, run.strategy.sum, params);
  const startOver = async (why: string): Promise<Init> => {
    observer.note({ level: 'warn', message: 'starts over: no use of its checkpoint', facts: { why } });
    await removeCheckpoint(config, identity).catch((error: unknown) =>
      observer.note({
        level: 'warn',
        message: 'a checkpoint could not be deleted',
        facts: { ...errorFacts(error) },
      }),
    );
    return initFromNewestBars(context, order, needs);
  };
  const earlier = await initFromCheckpoint(context, identity, needs);
  let init =
    earlier === null
      ? await initFromNewestBars(context, order, needs)
      : typeof earlier === 'string'
        ? await startOver(earlier)
        : earlier;
  for (;;) {
    try {
      return { ...(await trainFrom(init, identity, params, run)), init, tuned };
    } catch (error) {
      // Says nothing of the state, which the next attempt resumes.
      if (failureOf(error).infrastructure === true) throw error;
      const unfit = error instanceof StrategyError ? error.code === 'INVALID_MODEL' : null;
      // What nobody foresaw may well come of a state that is not what it should be.
      if (init.start.from === 'checkpoint' && unfit !== false && !(error instanceof Stopped)) {
        stages.enter('reading bars');
        init = await startOver(errorFacts(error).error);
      } else if (init.start.from === 'champion' && unfit === true) {
        const reason = `no warm start from the model in use: ${errorFacts(error).error}`;
        init = { ...init, start: { from: 'scratch', reason } };
      } else throw error;
    }
  }
}

const noteOf = ({ params, problem, tuned_at }: TunedSettings): Parameters<Observer['note']>[0] =>
  problem === null
    ? { level: 'info', message: 'uses the settings that a search found', facts: { ...params, tuned_at } }
    : {
        level: 'warn',
        message: 'does not use the settings that a search found',
        facts: { why: problem, tuned_at, advice: 'search again with "ml tune", or --forget them' },
      };

async function trainFrom(
  { bars, start }: Init,
  identity: Checkpoint['identity'],
  params: StrategySettings,
  { context, order, strategy, stages, observer }: TrainingRun,
): Promise<Omit<TrainedStrategy, 'init' | 'tuned'>> {
  const checkpoint = checkpointOf(start);
  const began = beginningOf(start);
  const { config, threads, stopping } = context;
  const seed = config.TRAINING_SEED;
  let step = checkpoint?.step ?? null;
  let progress = checkpoint?.progress ?? 0;
  observer.progress(progress, 'reading bars');
  if (checkpoint !== null) {
    observer.note({
      level: 'info',
      message: 'resumes from a checkpoint',
      facts: { step, progress, kept_in_attempt: checkpoint.attempt },
    });
    // Should this attempt end before it keeps another, the next one knows.
    await writeCheckpoint(config, { ...checkpoint, resumed: checkpoint.resumed + 1 }).catch(() => undefined);
  }
  const folder = await openJobFolder(config, order, params, bars);
  stages.enter('checking for leaks');
  const leaks = checkForLeaks(strategy, bars, params, seed);

  stages.enter('training');
  const ofBars = bars.map((one) => ({
    symbol: one.symbol,
    from: one.time[0]!,
    to: one.time.at(-1)!,
    count: one.time.length,
    sha256: barsSha256(one),
  }));
  const champion =
    began.from === 'champion'
      ? { model_id: began.champion.modelId, reason: '' }
      : { model_id: null, reason: began.reason };
  const checkpointer = createCheckpointer(
    async (state) => {
      const { attempt } = order;
      await writeCheckpoint(config, {
        identity,
        bars: ofBars,
        champion,
        attempt,
        resumed: 0,
        progress,
        step,
        state,
      });
      if (stopping.aborted)
        observer.note({ level: 'info', message: 'kept a checkpoint', facts: { step, progress } });
    },
    stopping,
    (error) =>
      observer.note({
        level: 'warn',
        message: 'no checkpoint could be kept, training goes on',
        facts: { ...errorFacts(error) },
      }),
  );
  if (stopping.aborted) throw new Stopped();
  const trained = await strategy.train(
    {
      bars,
      params,
      seed,
      threads,
      ...(config.FEATURE_IMPORTANCES === 'off' ? {} : { importances: config.FEATURE_IMPORTANCES }),
      refit: config.REFIT !== 'none',
      ...(began.from === 'champion' ? { champion: began.champion.artefact } : {}),
    },
    {
      signal: checkpointer.signal,
      resume: checkpoint?.state ?? null,
      checkpoint: checkpointer.checkpoint,
      progress: (fraction, stage) => {
        progress = Math.max(progress, fraction);
        // So that the job's result says what they took.
        if (stage === 'importances') stages.enter(stage);
        observer.progress(progress, stage);
      },
      epoch: (at, values) => {
        step = at;
        folder?.epoch(at, values);
        observer.epoch(at, values);
      },
    },
  );
  return { ...trained, leaks, folder };
}
