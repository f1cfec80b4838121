// A training that is killed or stopped is resumed, to the same model; and the next one is warm-started from
// its model.
import { truncate } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  attemptsOf,
  keys,
  listCheckpoints,
  logLinesOf,
  readCheckpoint,
  readModel,
  reconcile,
  writeCheckpoint,
  writePickle,
  type Checkpoint,
  type Job,
  type ModelsPlace,
  type Pair,
  type RegisteredModel,
} from '@ml-training/core';
import {
  isAlive,
  startPrivateObjectStore,
  until,
  whyNoObjectStore,
  type NodeProcess,
} from '@ml-training/testing';
import { startLab, trainingProcess } from './fleet.ts';

const lab = await startLab();
afterAll(() => lab.end());
beforeEach(() => lab.reset());
afterEach(() => lab.stopServices());

/** Where the trainers that are started keep models and checkpoints. */
let place: ModelsPlace = lab.modelDir;

// An idle machine takes seconds.
const minute = 60_000;
const lstm: Pair = { strategy_type: 'lstm', symbol: 'SP500' };
/**
 * Every model from scratch, so that two trainings of the same bars are the same; with a line of log an epoch.
 */
const settings = { TRAINING_FULL_FIT_EVERY: '1', TRAINING_BATCH_SIZE: '5000', LOG_LEVEL: 'DEBUG' };

interface Ended extends Job {
  readonly result: {
    readonly lineage: { readonly continued: boolean; readonly reason: string; readonly generation: number };
    readonly resumed: { readonly attempt: number; readonly step: number; readonly progress: number } | null;
  };
}

const newestJob = async (): Promise<Ended> =>
  (await lab.sql<[Ended]>`SELECT * FROM ml_training_jobs ORDER BY created_at DESC LIMIT 1`)[0];
const completed = () =>
  until(
    async () => {
      const job = await newestJob();
      return job.status === 'completed' && job;
    },
    { what: 'the job to be completed' },
  );
const modelsOf = (job: Job) =>
  lab.sql<(RegisteredModel & { parent_model_id: string | null })[]>`
    SELECT * FROM ml_model_registry WHERE job_id = ${job.job_id} ORDER BY symbol`;
const stateOf = async (job: Job): Promise<Buffer> => {
  const [model] = await modelsOf(job);
  return writePickle((await readModel(place, model!.file_path, model)).model_state);
};
/** How the job's attempts ended, and what its own log says at the end of the last. */
const told = async ({ job_id }: Job) => ({
  outcomes: (await attemptsOf(lab.sql, job_id)).map(({ outcome }) => outcome),
  last: (await logLinesOf(lab.sql, job_id)).at(-1)?.message,
});
/** Files of the job's checkpoints, whole or half. */
const checkpointFiles = async (): Promise<string[]> => {
  const { job_id } = await newestJob();
  return (await listCheckpoints(place)).filter(({ jobId }) => jobId === job_id).map(({ file }) => file);
};
const noneIsLeft = () =>
  until(async () => (await checkpointFiles()).length === 0, { what: 'the checkpoint to be deleted' });

/** The job's checkpoint as soon as it is of a training that has come far enough. */
const kept = async (far: (checkpoint: Checkpoint) => boolean): Promise<Checkpoint> => {
  const job = await newestJob();
  return until(
    async () => {
      const checkpoint = await readCheckpoint(place, job);
      return checkpoint !== null && far(checkpoint) && checkpoint;
    },
    { what: 'a checkpoint', everyMs: 5 },
  );
};
const somewhat = ({ step }: Checkpoint): boolean => step !== null;

const killTraining = async (trainer: NodeProcess): Promise<void> => {
  process.kill(trainingProcess(trainer)!, 'SIGKILL');
  await until(async () => (await newestJob()).status !== 'running', { what: 'the death to be noted' });
};
const retry = async (): Promise<void> => {
  await lab.sql`UPDATE ml_training_jobs SET retry_at = NULL WHERE status = 'queued'`;
  await reconcile(lab.sql, lab.redis);
};

/** What a line of log says besides the point of a curve. */
const context = new Set([
  'time',
  'level',
  'msg',
  'service',
  'instance',
  'job_id',
  'strategy_type',
  'symbol',
  'attempt',
]);
/** The curves that a job's attempt drew, point by point. */
function curve(trainer: NodeProcess, job: Job, attempt: number): Record<string, unknown>[] {
  const lines = trainer.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const own = lines.filter(
    (line) => line['msg'] === 'epoch' && line['job_id'] === job.job_id && line['attempt'] === attempt,
  );
  return own.map((line) =>
    Object.fromEntries(Object.entries(line).filter(([name]) => name === 'step' || !context.has(name))),
  );
}
const saying = (trainer: NodeProcess, what: string): string[] =>
  trainer.lines.filter((line) => line.includes(`"msg":"${what}"`));

/** So many hourly bars more of a price that swings. */
const addBars = (symbol: string, count: number) => lab.sql`
  INSERT INTO market_data (time, symbol, open, high, low, close)
  SELECT coalesce(newest, '2010-01-01T00:00Z') + make_interval(hours => i), ${symbol}, price, price + 1,
    price - 1, price
  FROM (SELECT max(time) AS newest, count(*) AS bars FROM market_data WHERE symbol = ${symbol}) m,
    generate_series(1, ${count}) i,
      LATERAL (SELECT 100 + 10 * sin((bars + i) / 7.0) + 3 * sin((bars + i) ^ 2) AS price) p`;

const whyNot = whyNoObjectStore();
const stores: [string, string | null][] = [
  ['a folder', null],
  [`an object store${whyNot === null ? '' : ` [${whyNot}]`}`, whyNot],
];
describe.each(stores)('with models in %s a training that is killed', (name, why) => {
  let more: Record<string, string> = {};
  let end = async (): Promise<void> => undefined;
  beforeAll(async () => {
    if (name === 'a folder' || why !== null) return;
    const server = await startPrivateObjectStore();
    more = server.settings;
    place = { MODEL_DIR: lab.modelDir, ...server.settings };
    end = () => server.remove();
  });
  afterAll(async () => {
    place = lab.modelDir;
    await end();
  });
  const cases: [Pair, (checkpoint: Checkpoint) => boolean, Record<string, string>][] = [
    // What it keeps are finished members, the first of them after some 30 % of the way, and it keeps them
    // once a second: with so many rows its members take several.
    [
      { strategy_type: 'ensemble', symbol: '@ALL' },
      ({ progress }) => progress >= 0.3,
      {
        TRAINING_SYMBOLS: 'WAVES',
        TRAINING_BATCH_SIZE: '80000',
        // What comes after the fit has no checkpoint of its own, and takes as long again.
        TRAINING_PARAMS: '{"ensemble": {"walk_forward_folds": 0}}',
        FEATURE_IMPORTANCES: 'off',
      },
    ],
    [lstm, somewhat, {}],
    [{ strategy_type: 'rl', symbol: 'SP500' }, somewhat, { TRAINING_BATCH_SIZE: '300' }],
  ];
  (why === null ? test : test.skip).each(cases)(
    'ends with the model it would have had, though newer bars came: %o',
    async (pair, far, own) => {
      if (pair.strategy_type === 'ensemble') await addBars('WAVES', 80_000);
      const trainer = lab.start('trainer', { ...settings, ...own, ...more });
      await lab.request(pair);
      const undisturbed = await completed();
      const whole = curve(trainer, undisturbed, 1);

      await lab.request(pair);
      await kept(far);
      await killTraining(trainer);
      const { step } = (await readCheckpoint(place, await newestJob()))!;
      await addBars(pair.symbol === '@ALL' ? 'WAVES' : pair.symbol, 50);
      await retry();
      const disturbed = await completed();

      expect(disturbed).toMatchObject({ attempt: 2, result: { resumed: { attempt: 1, step } } });
      const rest = curve(trainer, disturbed, 2);
      expect(rest.length).toBeGreaterThan(0);
      expect(rest.length).toBeLessThan(whole.length);
      expect(rest).toEqual(whole.slice(-rest.length));
      expect((await stateOf(disturbed)).equals(await stateOf(undisturbed))).toBe(true);
      await noneIsLeft();
    },
    10 * minute,
  );
});

test(
  'a trainer that is asked to stop keeps a checkpoint and hands its job back; the next one resumes it',
  async () => {
    const trainer = lab.start('trainer', settings);
    await lab.request(lstm);
    await kept(somewhat);
    trainer.kill('SIGTERM');
    // A service that can't stop within 9 s says so and ends with 1.
    expect(await trainer.exited).toEqual({ code: 0, signal: null });
    expect(await newestJob()).toMatchObject({ status: 'queued', attempt: 0 });
    const { step } = (await readCheckpoint(place, await newestJob()))!;
    expect(saying(trainer, 'kept a checkpoint').join()).toContain(`"step":${step}`);
    expect(await told(await newestJob())).toEqual({ outcomes: ['handed_back'], last: 'kept a checkpoint' });

    const next = lab.start('trainer', settings);
    const job = await completed();
    expect(job).toMatchObject({ attempt: 1, result: { resumed: { step } } });
    await lab.stopServices();
    expect(await told(job)).toEqual({ outcomes: ['handed_back', 'completed'], last: 'completed' });
    expect(curve(next, job, 1)[0]).toMatchObject({ step: step! + 1 });
    await noneIsLeft();
  },
  2 * minute,
);

test(
  'when a trainer is killed, its training ends with it, and another resumes it',
  async () => {
    const victim = lab.start('trainer', settings);
    await lab.request(lstm);
    await kept(somewhat);
    const training = trainingProcess(victim)!;
    victim.kill('SIGKILL');
    await victim.exited;
    await until(() => !isAlive(training), { what: 'the training to end' });
    const { step } = (await readCheckpoint(place, await newestJob()))!;
    await lab.endLeases();
    // Its last beat is too old by and by.
    await lab.redis.del(keys.beats);
    await until(async () => (await reconcile(lab.sql, lab.redis)).recovered.length, {
      what: 'the lease to end',
    });
    const next = lab.start('trainer', settings);
    const job = await completed();
    expect(job).toMatchObject({ attempt: 2, result: { resumed: { attempt: 1, step } } });
    expect(curve(next, job, 2)[0]).toMatchObject({ step: step! + 1 });
    await noneIsLeft();
  },
  2 * minute,
);

test(
  'a training that reaches no safe point is killed within the 10 s of a stop',
  async () => {
    const trainer = lab.start('trainer', settings);
    await lab.request(lstm);
    await kept(somewhat);
    process.kill(trainingProcess(trainer)!, 'SIGSTOP');
    trainer.kill('SIGTERM');
    // A service that can't stop within 9 s says so and ends with 1.
    expect(await trainer.exited).toEqual({ code: 0, signal: null });
    expect(await newestJob()).toMatchObject({ status: 'queued', attempt: 0 });
  },
  2 * minute,
);

describe('a job starts over', () => {
  const goesOnAfter = async (change: () => Promise<unknown>): Promise<{ why: string; first: object }> => {
    const trainer = lab.start('trainer', settings);
    await lab.request(lstm);
    await kept(somewhat);
    await killTraining(trainer);
    await change();
    await retry();
    const job = await completed();
    expect(job).toMatchObject({ attempt: 2, result: { resumed: null } });
    const [line] = saying(trainer, 'starts over: no use of its checkpoint');
    const { why } = JSON.parse(line!) as { why: string };
    return { why, first: curve(trainer, job, 2)[0]! };
  };

  test(
    'when its checkpoint is damaged',
    async () => {
      const { why, first } = await goesOnAfter(async () =>
        truncate(path.join(lab.modelDir, (await checkpointFiles())[0]!), 1000),
      );
      expect(why).toMatch(/checkpoint_.*\.pkl .*cut short/);
      expect(first).toMatchObject({ step: 1 });
      await noneIsLeft();
    },
    2 * minute,
  );

  test(
    'when the strategy can make nothing of its state, in the same attempt',
    async () => {
      const { why, first } = await goesOnAfter(async () => {
        const checkpoint = await readCheckpoint(place, await newestJob());
        await writeCheckpoint(place, {
          ...checkpoint!,
          state: { fit: { epoch: 'the third' }, refit: null },
        });
      });
      expect(why).toMatch(/lstm checkpoint/);
      expect(first).toMatchObject({ step: 1 });
      await noneIsLeft();
    },
    2 * minute,
  );
});

test(
  'a job that failed for good leaves no checkpoint',
  async () => {
    const trainer = lab.start('trainer', settings);
    await lab.request(lstm);
    await lab.sql`UPDATE ml_training_jobs SET max_attempts = 1`;
    await kept(somewhat);
    await killTraining(trainer);
    expect(await newestJob()).toMatchObject({ status: 'failed', error_code: 'TRAINING_DIED' });
    await noneIsLeft();
    await lab.stopServices();
    expect(await told(await newestJob())).toEqual({ outcomes: ['failed'], last: 'failed' });
  },
  2 * minute,
);
