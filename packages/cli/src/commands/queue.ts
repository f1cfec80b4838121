import {
  deadEntries,
  estimateQueue,
  heldEntries,
  knownJobs,
  nextEntries,
  queueLength,
  requeueDead,
  scheduleOf,
  waitingJobs,
  type DeadEntry,
  type HeldEntries,
  type NextEntry,
  type QueueEstimate,
  type Waiting,
} from '@ml-training/core';
import { age, print, printJson, table, when } from '../output.ts';
import { withServers, type Servers } from '../servers.ts';
import { wrap } from '../wrap.ts';

interface Options {
  readonly json?: true;
}

/** Of the dead list, and of what is taken next, so many are shown. */
const deadShown = 100;
const nextShown = 10;

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

async function show(servers: Servers, options: Options): Promise<void> {
  const { config, sql, redis } = servers;
  const now = new Date();
  const [length, waiting, next, estimate, held, dead] = await Promise.all([
    queueLength(redis),
    waitingJobs(sql),
    nextEntries(sql, redis, nextShown),
    estimateQueue(servers, scheduleOf(config), now),
    heldEntries(redis),
    deadEntries(redis, (ids) => knownJobs(sql, ids), deadShown),
  ]);
  if (options.json === true) {
    const holding = held.map(({ trainerId, payloads }) => ({
      trainer_id: trainerId,
      jobs: payloads.map((payload) => ('jobId' in payload ? payload.jobId : null)),
    }));
    const { trainers, ends_at, next_run, too_long, unmeasured } = estimate;
    printJson({
      length,
      waiting,
      next,
      estimate: { trainers, ends_at, next_run, too_long, unmeasured },
      held: holding,
      dead: { count: dead.count, items: dead.entries },
    });
  } else {
    print(waitingTable(waiting, length, now));
    const expected = estimateWords(estimate);
    if (expected !== null) print(wrap(expected, 80));
    if (next.length > 0) print(nextTable(next, length));
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

/** When all of it is done; null where nothing waits or runs. */
function estimateWords({ trainers, ends_at, next_run, too_long, unmeasured }: QueueEstimate): string | null {
  if (ends_at === null)
    return unmeasured.length === 0 ? null : 'When it is done is not known before a training of these is.';
  const besides = unmeasured.length > 0 ? `, ${unmeasured.join(', ')} not counted` : '';
  const next = next_run === null ? '' : `; the next run is due at ${when(next_run)}`;
  return (
    `Done at ${when(ends_at)} UTC or later, by the last trainings and with ${trainers} ` +
    `${trainers === 1 ? 'trainer' : 'trainers'}${besides}${next}${too_long ? ': that is too late' : ''}.`
  );
}

function nextTable(next: readonly NextEntry[], length: number): string {
  const rows = next.map(({ job_id, strategy_type, symbol, why }, i) => [
    i + 1,
    strategy_type ?? '',
    symbol ?? '',
    job_id ?? '',
    why,
  ]);
  const more = length > next.length ? `\nthe first ${next.length} of ${length}` : '';
  return `\n${table(['next', 'strategy', 'symbol', 'job', 'why'], rows)}${more}`;
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
