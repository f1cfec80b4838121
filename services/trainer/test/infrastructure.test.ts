// Trouble of what the fleet runs on, that only the training meets: it costs a job time, and no attempt.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { ownConnection, reconcile, type Job, type Pair } from '@ml-training/core';
import { startProxy, until } from '@ml-training/testing';
import { startLab } from './fleet.ts';

const lab = await startLab();
afterAll(() => lab.end());
beforeEach(() => lab.reset());
afterEach(() => lab.stopServices());

const lstm: Pair = { strategy_type: 'lstm', symbol: 'GOOG' };
const seconds = 120_000;

const postponed = (times: number): Promise<Job> =>
  until(async () => (await lab.jobs()).find((job) => job.status === 'queued' && job.postponed >= times), {
    what: `the job to be put off ${times} times`,
  });
/** What time and a scheduler would do. */
async function dueNow(): Promise<void> {
  await lab.sql`UPDATE ml_training_jobs SET retry_at = NULL WHERE status = 'queued'`;
  await reconcile(lab.sql, lab.redis);
}
async function completed(): Promise<void> {
  await lab.allEnded();
  expect(await lab.jobs()).toMatchObject([{ status: 'completed', attempt: 1, error_message: null }]);
}
/** Settings with which a trainer's children, and not itself, see the environment changed. */
async function inChild(name: string, change: string): Promise<Record<string, string>> {
  const preload = path.join(lab.modelDir, `${name}.mjs`);
  await writeFile(preload, `if (process.send) { ${change} }`);
  return { NODE_OPTIONS: `--import=${pathToFileURL(preload).href}` };
}

test(
  'a training that can not reach the database is put off as often as it takes, beyond the attempts',
  async () => {
    const proxy = await startProxy(lab.servers.postgres.port);
    await proxy.cut();
    const url = JSON.stringify(proxy.via(lab.servers.postgres.url));
    const trainer = lab.start('trainer', await inChild('proxied', `process.env.DATABASE_URL = ${url}`));
    await lab.request(lstm);
    for (let times = 1; times <= 5; times++) {
      const job = await postponed(times);
      expect(job).toMatchObject({ attempt: 0, error_code: 'DATABASE_UNAVAILABLE' });
      expect(job.error_message).toMatch(/^waits, no attempt counted \(put off .*ECONNREFUSED/);
      if (times === 5) await proxy.restore();
      await dueNow();
    }
    await completed();
    expect(
      trainer.lines.filter((line) => line.includes('"msg":"put off, the attempt is not counted"')),
    ).toHaveLength(5);
    await lab.stopServices();
    await proxy.stop();
  },
  seconds,
);

test(
  'a training whose connections are cut again and again is put off',
  async () => {
    lab.start('trainer', { TRAINING_BATCH_SIZE: '2000' });
    for (let times = 1; times <= 2; times++) {
      // Held until the training waits for it, so that its connection is cut in the middle of a query.
      const { promise: released, resolve: release } = Promise.withResolvers<void>();
      const holding = lab.sql.begin(async (own) => {
        await own`LOCK TABLE ml_model_registry IN ACCESS EXCLUSIVE MODE`;
        await (times === 1 ? lab.request(lstm) : dueNow());
        await released;
      });
      await until(
        async () => {
          const cut = await lab.sql`
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name LIKE 'ml_training training %' AND wait_event_type = 'Lock'`;
          return cut.length > 0;
        },
        { what: 'the training to wait for the registry' },
      );
      await until(async () => (await lab.jobs()).some((job) => job.postponed >= times), {
        what: 'the job to be put off',
      });
      expect(await postponed(times)).toMatchObject({ attempt: 0, error_code: 'DATABASE_UNAVAILABLE' });
      release();
      await holding;
    }
    await dueNow();
    await completed();
  },
  seconds,
);

test(
  'a training whose query PostgreSQL gives up, as of a statement_timeout, is put off',
  async () => {
    const { username } = new URL(lab.servers.postgres.url);
    lab.start('trainer');
    const blocker = ownConnection(lab.sql);
    await blocker`BEGIN`;
    await blocker`LOCK TABLE market_data IN ACCESS EXCLUSIVE MODE`;
    // Of connections from now on: the trainer has its own, and asks nothing that takes so long.
    await lab.sql.unsafe(`ALTER ROLE "${username}" SET statement_timeout = '1s'`);
    try {
      await lab.request(lstm);
      const job = await postponed(1);
      expect(job).toMatchObject({ attempt: 0, error_code: 'DATABASE_UNAVAILABLE' });
      expect(job.error_message).toMatch(/canceling statement due to statement timeout/);
    } finally {
      await lab.sql.unsafe(`ALTER ROLE "${username}" RESET statement_timeout`);
      await blocker`ROLLBACK`;
      await blocker.end({ timeout: 1 });
    }
    await dueNow();
    await completed();
  },
  seconds,
);

test(
  'a trainer cut off from the database for longer than its lease hands the job back, uncounted',
  async () => {
    const proxy = await startProxy(lab.servers.postgres.port);
    const trainer = lab.start('trainer', {
      DATABASE_URL: proxy.via(lab.servers.postgres.url),
      TRAINING_BATCH_SIZE: '5000',
      // Longer than the lease.
      TRAINING_PARAMS: JSON.stringify({ lstm: { epochs: 200, patience: 200 } }),
      TRAINING_LEASE_SECONDS: '8',
    });
    await lab.request(lstm);
    await lab.runningJob();
    proxy.hang();
    await trainer.waitForLine(/could not be renewed in time/);
    await until(
      async () => {
        const [job] = await lab.sql`SELECT FROM ml_training_jobs WHERE lease_expires_at < now()`;
        return job !== undefined;
      },
      { what: 'the lease to end' },
    );
    await proxy.restore();
    expect(await postponed(1)).toMatchObject({ attempt: 0, error_code: 'DATABASE_UNAVAILABLE' });
    await dueNow();
    await completed();
    await lab.stopServices();
    await proxy.stop();
  },
  seconds,
);

const mayMount = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs none /mnt']).status === 0;
(mayMount ? test : test.skip)(
  'a full disk stops no job: one is put off, the rest wait untouched, and all go on when there is ' +
    `room${mayMount ? '' : ' [unshare is not allowed here]'}`,
  async () => {
    // A disk of its own over MODEL_DIR, full until the file appears; the trainer takes the shell's place.
    const script = [
      'mount -t tmpfs -o size=80m none "$MODEL_DIR"',
      'head -c 40m /dev/zero > "$MODEL_DIR/filler"',
      '(for i in $(seq 1000); do [ -e "$1" ] && break; sleep 0.1; done; rm "$MODEL_DIR/filler") ' +
        '>/dev/null 2>&1 &',
      'shift',
      'exec "$@"',
    ].join('\n');
    const flag = path.join(await mkdtemp(path.join(tmpdir(), 'disk-')), 'has-room');
    const trainer = lab.start('trainer', {}, ['unshare', '-rm', 'sh', '-ec', script, 'sh', flag]);
    await lab.request(lstm, { strategy_type: 'lstm', symbol: 'SP500' });
    const job = await postponed(1);
    expect(job).toMatchObject({ attempt: 0, error_code: 'DISK_FULL' });
    expect(job.error_message).toMatch(/MB are free, a training needs 67.1 in .*MODEL_DIR/);
    await trainer.waitForLine(/takes no job: models can not be kept/);
    await dueNow();
    expect((await lab.jobs()).map((one) => one.postponed).sort()).toEqual([0, 1]);
    expect(await lab.redis.llen('ml_training_queue')).toBe(2);
    await writeFile(flag, '');
    await lab.allEnded();
    expect((await lab.jobs()).map(({ status, attempt }) => [status, attempt])).toEqual([
      ['completed', 1],
      ['completed', 1],
    ]);
    await rm(path.dirname(flag), { recursive: true });
  },
  seconds,
);
