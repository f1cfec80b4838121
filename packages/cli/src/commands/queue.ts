import {
  deadEntries,
  heldEntries,
  knownJobs,
  queueLength,
  requeueDead,
  waitingJobs,
  type DeadEntry,
  type HeldEntries,
  type Waiting,
} from '@ml-training/core';
import { age, print, printJson, table, when } from '../output.ts';
import { withServers, type Servers } from '../servers.ts';

interface Options {
  readonly json?: true;
}

/** Of the dead list so many are shown. */
const deadShown = 100;

/** What waits, what trainers hold, what is dead; or puts dead entries back. */
export async function showQueue(
  verb: string | undefined,
  entry: string | undefined,
  options: Options,
): Promise<void> {
  if (verb !== undefined && verb !== 'requeue')
    throw new Error(`${JSON.stringify(verb)} is nothing to do with the queue: "ml queue requeue ENTRY" is`);
  if (verb === 'requeue' && entry === undefined)
    throw new Error('which entry? Give its id as "ml queue" prints it, or all');
  await withServers((servers) =>
    entry === undefined ? show(servers, options) : requeue(servers, entry, options),
  );
}

async function show({ sql, redis }: Servers, options: Options): Promise<void> {
  const [length, waiting, held, dead] = await Promise.all([
    queueLength(redis),
    waitingJobs(sql),
    heldEntries(redis),
    deadEntries(redis, (ids) => knownJobs(sql, ids), deadShown),
  ]);
  if (options.json === true) {
    const holding = held.map(({ trainerId, payloads }) => ({
      trainer_id: trainerId,
      jobs: payloads.map((payload) => ('jobId' in payload ? payload.jobId : null)),
    }));
    printJson({ length, waiting, held: holding, dead: { count: dead.count, items: dead.entries } });
  } else {
    print(waitingTable(waiting, length, new Date()));
    print(heldTable(held));
    print(deadTable(dead.entries, dead.count));
  }
}

function waitingTable(waiting: readonly Waiting[], length: number, now: Date): string {
  const entries = `${length} ${length === 1 ? 'entry' : 'entries'} in ml_training_queue`;
  if (waiting.length === 0) return `No job waits; ${entries}.`;
  return `${table(
    ['waiting', 'ready', 'oldest', 'later', 'next of those (UTC)'],
    waiting.map((row) => [
      row.strategy_type,
      row.ready,
      age(row.oldest_at ?? undefined, now),
      row.later,
      when(row.next_retry_at),
    ]),
  )}\n${entries}.`;
}

function heldTable(held: readonly HeldEntries[]): string {
  if (held.length === 0) return '\nNo trainer holds an entry.';
  const rows = held.flatMap(({ trainerId, payloads }) =>
    payloads.map((payload) => [
      trainerId,
      payload.kind === 'garbage' ? 'an entry no job is made of' : (payload.jobId ?? 'a wish'),
    ]),
  );
  return `\n${table(['trainer', 'holds job'], rows)}`;
}

function deadTable(entries: readonly DeadEntry[], count: number): string {
  if (count === 0) return '\nNothing is dead.';
  const rows = entries.map(({ id, at, reason, payload, cannot_requeue }) => [
    id,
    at === null ? '' : when(new Date(at)),
    reason,
    cannot_requeue ?? 'yes',
    payload,
  ]);
  const more = count > entries.length ? `\nthe newest ${entries.length} of ${count}` : '';
  return `\n${table(['dead', 'at (UTC)', 'reason', 'requeue', 'entry'], rows)}${more}\n"ml queue requeue ENTRY" puts one back, "ml queue requeue all" all that can be.`;
}

async function requeue({ sql, redis }: Servers, entry: string, options: Options): Promise<void> {
  const id = entry === 'all' ? null : entry;
  const { requeued, refused } = await requeueDead(redis, (ids) => knownJobs(sql, ids), id);
  if (id !== null && requeued.length + refused.length === 0)
    throw new Error(`no dead entry has the id ${entry}: it was put back already, or "ml queue" shows others`);
  if (options.json === true) printJson({ requeued, refused });
  else {
    if (requeued.length > 0 || refused.length === 0)
      print(`${requeued.length} ${requeued.length === 1 ? 'entry' : 'entries'} put back.`);
    for (const one of refused) process.stderr.write(`${one.id} stays: ${one.reason}\n`);
  }
  if (refused.length > 0 && requeued.length === 0) process.exitCode = 1;
}
