import { createHash } from 'node:crypto';
import type { Redis } from '../redis/connect.ts';
import { redisScript, reply } from '../redis/script.ts';
import { keys } from './keys.ts';
import { parsePayload } from './payload.ts';

const requeueScript = redisScript<0 | 1>(import.meta.dirname, 'requeue-dead');

/** An entry that no job was made of. */
export interface DeadEntry {
  /** Digest of the record: two alike in everything have the same. */
  readonly id: string;
  /** ISO 8601, UTC; null in a record that isn't ours. */
  readonly at: string | null;
  readonly reason: string;
  /** Its beginning: at most 1000 bytes were kept. */
  readonly payload: string;
  /** Why it can't be put back, in words; null when it can. */
  readonly cannot_requeue: string | null;
}

interface Read extends DeadEntry {
  /** As it stands in the list. */
  readonly record: string;
}

/** Which of these ids are of jobs that have a row. */
export type KnownJobs = (jobIds: readonly string[]) => Promise<ReadonlySet<string>>;

/** The newest dead entries, and how many there are; the list keeps a thousand. */
export async function deadEntries(
  redis: Redis,
  knownJobs: KnownJobs,
  limit: number,
): Promise<{ readonly count: number; readonly entries: readonly DeadEntry[] }> {
  const [count, records] = await Promise.all([
    reply(redis.llen(keys.dead), 'LLEN'),
    reply(redis.lrange(keys.dead, 0, limit - 1), 'LRANGE'),
  ]);
  const read = await withoutUnknown(records.map(readRecord), knownJobs);
  return { count, entries: read.map(({ record: _record, ...entry }) => entry) };
}

export interface Requeued {
  readonly requeued: readonly string[];
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * Puts entries back into the queue as they were pushed once, each at most once however often this is
 * repeated.
 * @param id of one of them; null for all
 * @returns what was put back, and why the others weren't: none of either where there is no entry of that id
 */
export async function requeueDead(redis: Redis, knownJobs: KnownJobs, id: string | null): Promise<Requeued> {
  const all = (await reply(redis.lrange(keys.dead, 0, -1), 'LRANGE')).map(readRecord);
  // The oldest first, as they came.
  const named = all.filter((entry) => id === null || entry.id === id).reverse();
  const meant = await withoutUnknown(named, knownJobs);
  const requeued: string[] = [];
  const refused: { id: string; reason: string }[] = [];
  for (const entry of id === null ? meant : meant.slice(0, 1)) {
    if (entry.cannot_requeue !== null) refused.push({ id: entry.id, reason: entry.cannot_requeue });
    else if ((await requeueScript(redis, [keys.dead, keys.queue], entry.record, entry.payload)) === 1)
      requeued.push(entry.id);
  }
  return { requeued, refused };
}

function readRecord(record: string): Read {
  const id = createHash('sha256').update(record).digest('hex').slice(0, 16);
  try {
    const value: unknown = JSON.parse(record);
    if (typeof value === 'object' && value !== null && 'payload' in value && 'reason' in value) {
      const { payload, reason } = value;
      if (typeof payload === 'string' && typeof reason === 'string')
        return { id, at: timeOf(value), reason, payload, cannot_requeue: whyNot(payload), record };
    }
  } catch {
    // Said below.
  }
  return {
    id,
    at: null,
    reason: 'a record that no trainer wrote',
    payload: record.slice(0, 1000),
    cannot_requeue: 'it is no record of a trainer',
    record,
  };
}

const timeOf = (value: object): string | null => {
  const at = 'at' in value && typeof value.at === 'string' ? new Date(value.at) : null;
  return at === null || Number.isNaN(at.getTime()) ? null : at.toISOString();
};

/** What no trainer could use is not given to one again. */
function whyNot(payload: string): string | null {
  const read = parsePayload(payload);
  return read.kind === 'garbage' ? `no job can be made of it: ${read.reason}` : null;
}

/** Nor is the entry of a job that has no row. */
async function withoutUnknown(entries: readonly Read[], knownJobs: KnownJobs): Promise<Read[]> {
  const jobOf = ({ payload }: Read): string | null => {
    const read = parsePayload(payload);
    return read.kind === 'job' ? read.jobId : null;
  };
  const ids = entries.map(jobOf).filter((id) => id !== null);
  const known = ids.length === 0 ? new Set<string>() : await knownJobs(ids);
  return entries.map((entry) => {
    const id = jobOf(entry);
    return id === null || known.has(id) ? entry : { ...entry, cannot_requeue: 'no job has its job_id' };
  });
}
