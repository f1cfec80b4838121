import { afterAll, expect, test } from '@jest/globals';
import { until as untilTold } from '@ml-training/testing';
import { startLab } from './lab.ts';

const lab = await startLab({ bars: ['GOOG'] });
const { sql, redis } = lab;
afterAll(() => lab.end());

const until = (predicate: () => boolean | Promise<boolean>) => untilTold(predicate, { what: 'an event' });

interface Heard {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
  readonly at: number;
}

/** Reads /api/events as a program does. */
async function listen(url: string, lastId?: string) {
  const stop = new AbortController();
  const heard: Heard[] = [];
  const response = await fetch(`${url}/api/events`, {
    signal: stop.signal,
    headers: lastId === undefined ? {} : { 'last-event-id': lastId },
  });
  const ended = (async () => {
    let text = '';
    for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
      text += piece;
      const parts = text.split('\n\n');
      text = parts.pop()!;
      for (const part of parts) {
        const [, id, event, data] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(part) ?? [];
        if (id !== undefined)
          heard.push({ id, event: event!, data: JSON.parse(data!), at: performance.now() });
      }
    }
  })().catch(() => undefined);
  return {
    heard,
    of: (event: string) => heard.filter((one) => one.event === event),
    stop: async () => {
      stop.abort();
      await ended;
    },
  };
}

const insertJob = async (symbol: string): Promise<string> => {
  const [row] = await sql<[{ job_id: string }]>`
    INSERT INTO ml_training_jobs (strategy_type, symbol, trigger, max_attempts) VALUES ('lstm', ${symbol},
      'tick', 1)
    RETURNING job_id`;
  return row.job_id;
};
const start = (id: string) => sql`
  UPDATE ml_training_jobs SET status = 'running', attempt = 1, started_at = now(), trainer_id = 't',
    lease_token = gen_random_uuid(),
    lease_expires_at = now() + interval '1 hour' WHERE job_id = ${id}`;
const ids = (heard: readonly Heard[]): string[] =>
  heard.flatMap(({ data }) => (data as { job_id: string }[]).map(({ job_id }) => job_id));

/**
 * Nothing is news at a first look. Those that ask the database take turns: once one of them has looked twice,
 * all have looked.
 */
async function watching(stream: Awaited<ReturnType<typeof listen>>): Promise<void> {
  let n = 0;
  await until(async () => {
    await sql`INSERT INTO ml_training_runs (trigger, requested_at) VALUES ('manual',
      now() - ${String(1000 - n++)}::int * interval '1 s')`;
    return stream.of('runs').length > 0;
  });
}

test('a page hears of a job that is made, runs and learns, and of its end', async () => {
  const page = await listen(lab.url);
  await watching(page);
  const id = await insertJob('AAA');
  await until(() => ids(page.of('jobs')).includes(id));
  await start(id);
  await until(() => page.of('jobs').some(({ data }) => JSON.stringify(data).includes('"running"')));
  const points = (to: number) => sql`
    INSERT INTO ml_training_epochs (job_id, step, name, value) SELECT ${id}, step, 'loss', 1.0 / step
      FROM generate_series(1, ${to}::int) step
    ON CONFLICT (job_id, name, step) DO UPDATE SET value = excluded.value`;
  await points(3);
  const steps = () =>
    page.of('curves').flatMap(({ data }) => (data as { step: number }[]).map(({ step }) => step));
  await until(() => steps().length >= 3);
  await points(5);
  await until(() => steps().length >= 5);
  // Each once.
  expect(steps()).toEqual([1, 2, 3, 4, 5]);
  await sql`UPDATE ml_training_jobs SET attempt = 2 WHERE job_id = ${id}`;
  // A new attempt writes the same steps again.
  await until(() => steps().length >= 10);
  await sql`UPDATE ml_training_jobs SET status = 'completed', completed_at = now() WHERE job_id = ${id}`;
  await until(() => page.of('jobs').some(({ data }) => JSON.stringify(data).includes('"completed"')));
  await page.stop();
});

test('who comes back hears what they missed, once; after a restart they are told to ask again', async () => {
  const page = await listen(lab.url);
  await watching(page);
  await until(() => page.heard.length > 0);
  const seen = page.heard.at(-1)!.id;
  await page.stop();
  // While nobody listens nobody looks; another page keeps it looking.
  const other = await listen(lab.url);
  const id = await insertJob('CCC');
  await until(() => ids(other.of('jobs')).includes(id));
  const back = await listen(lab.url, seen);
  await until(() => ids(back.of('jobs')).includes(id));
  expect(back.of('reset')).toEqual([]);
  expect(ids(back.of('jobs')).filter((one) => one === id)).toHaveLength(1);
  await Promise.all([other.stop(), back.stop()]);

  const restarted = await lab.startDashboard();
  const returned = await listen(restarted, seen);
  await until(() => returned.of('reset').length === 1);
  await returned.stop();
});

test('the queue and a role that comes are told of', async () => {
  const page = await listen(lab.url);
  await watching(page);
  await redis.rpush('ml_training_dead', '{}');
  await until(() => page.of('queue').some(({ data }) => JSON.stringify(data).includes('"dead":1')));
  const metrics = lab.start('metrics');
  await metrics.waitForLine(/"msg":"exporting"/);
  await until(() =>
    page.of('health').some(({ data }) => /"metrics","instances":1/.test(JSON.stringify(data))),
  );
  await page.stop();
});
