import {
  barsSha256,
  errorFacts,
  failureOf,
  removeCheckpoint,
  settingsFor,
  writeCheckpoint,
  type Checkpoint,
} from '@ml-training/core';
import {
  checkForLeaks,
  StrategyError,
  type CanaryReport,
  type Strategy,
  type Trained,
} from '@ml-training/strategies';
import type { Note, TrainOrder } from '../messages.ts';
import { openJobFolder } from './job-folder.ts';
import { createKeeper, Stopped } from './keeper.ts';
import type { startStages } from './stages.ts';
import { freshStart, identityOf, startFromCheckpoint, type Start, type Workshop } from './start.ts';

export interface Observer {
  progress(fraction: number, stage: string): void;
  epoch(step: number, values: Readonly<Record<string, number>>): void;
  note(note: Note): void;
}

export interface Fitted extends Trained {
  readonly leaks: CanaryReport;
  readonly start: Start;
  readonly folder: Awaited<ReturnType<typeof openJobFolder>>;
}

type Stages = ReturnType<typeof startStages>;

/**
 * Trains a strategy, from the job's last checkpoint where it holds, and keeps the next ones. What keeps a training from going
 * on, of a state or of a champion, makes it begin anew once in the same attempt, and is logged.
 * @throws Stopped when it was told to stop and has kept what it had; what the strategy throws
 */
export async function fit(
  workshop: Workshop,
  order: TrainOrder,
  strategy: Strategy,
  stages: Stages,
  observer: Observer,
): Promise<Fitted> {
  const { config } = workshop;
  stages.enter('reading bars');
  const identity = await identityOf(workshop, order);
  const startOver = async (why: string): Promise<Start> => {
    observer.note({ level: 'warn', message: 'starts over: no use of its checkpoint', facts: { why } });
    await removeCheckpoint(config.MODEL_DIR, identity).catch((error: unknown) =>
      observer.note({
        level: 'warn',
        message: 'a checkpoint could not be deleted',
        facts: { ...errorFacts(error) },
      }),
    );
    return freshStart(workshop, order);
  };
  const earlier = await startFromCheckpoint(workshop, identity);
  let start =
    earlier === null
      ? await freshStart(workshop, order)
      : typeof earlier === 'string'
        ? await startOver(earlier)
        : earlier;
  for (;;) {
    try {
      return { ...(await fitFrom(start, identity, workshop, order, strategy, stages, observer)), start };
    } catch (error) {
      // Says nothing of the state, which the next attempt goes on from.
      if (failureOf(error).infrastructure === true) throw error;
      const unfit = error instanceof StrategyError ? error.code === 'INVALID_MODEL' : null;
      // What nobody foresaw may well come of a state that is not what it should be.
      if (start.kept !== null && unfit !== false && !(error instanceof Stopped)) {
        stages.enter('reading bars');
        start = await startOver(errorFacts(error).error);
      } else if (start.choice.champion !== null && unfit === true) {
        const reason = `the model in use can't be gone on from: ${errorFacts(error).error}`;
        start = { ...start, choice: { champion: null, reason } };
      } else throw error;
    }
  }
}

async function fitFrom(
  { bars, choice, kept }: Start,
  identity: Checkpoint['identity'],
  workshop: Workshop,
  order: TrainOrder,
  strategy: Strategy,
  stages: Stages,
  observer: Observer,
): Promise<Omit<Fitted, 'start'>> {
  const { config, threads, stopping } = workshop;
  const seed = config.TRAINING_SEED;
  const params = settingsFor(config, order.strategy_type);
  let step = kept?.step ?? null;
  let progress = kept?.progress ?? 0;
  observer.progress(progress, 'reading bars');
  if (kept !== null) {
    observer.note({
      level: 'info',
      message: 'goes on from a checkpoint',
      facts: { step, progress, kept_in_attempt: kept.attempt },
    });
    // Should this attempt end before it keeps another, the next one knows.
    await writeCheckpoint(config.MODEL_DIR, { ...kept, resumed: kept.resumed + 1 }).catch(() => undefined);
  }
  const folder = await openJobFolder(config, order, bars);
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
  const champion = { model_id: choice.champion?.modelId ?? null, reason: choice.reason ?? '' };
  const keeper = createKeeper(
    async (state) => {
      const { attempt } = order;
      await writeCheckpoint(config.MODEL_DIR, {
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
      ...(choice.champion === null ? {} : { champion: choice.champion.artefact }),
    },
    {
      signal: keeper.signal,
      resume: kept?.state ?? null,
      checkpoint: keeper.checkpoint,
      progress: (fraction, stage) => {
        progress = Math.max(progress, fraction);
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
