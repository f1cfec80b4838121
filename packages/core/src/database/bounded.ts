import { randomBytes } from 'node:crypto';
import { withDeadline } from '../deadline.ts';
import { timedClient, type Database } from './connect.ts';

/** How long PostgreSQL has to end what was given up. */
const endingMs = 5000;

export interface BoundedDatabase {
  /**
   * Runs `work`, whose queries all go to the client it is given. When it fails or is not done in time, what
   * PostgreSQL still does for it is ended, and what it asks later is refused.
   * @throws Error naming the deadline's `what`, or what `work` throws
   */
  run<T>(work: (sql: Database) => Promise<T>, giveUp?: AbortSignal): Promise<T>;
  end(): Promise<void>;
}

/**
 * Deadlines that PostgreSQL hears of, for a duty that is done again and again: given up without a word, its
 * queries would run on, those of the next round beside them. Connections of its own, `max` at most, are kept
 * from one run to the next; a run beside another one has others.
 * Ended twofold, as the word to end may get lost: each statement has the deadline as its statement_timeout
 * (which no pooler lets be set), and the backends, known by their application_name, are terminated. (A query
 * that is cancelled by postgres.js cancels whatever its backend runs by then: docs/decisions/0012.)
 */
export function boundedDatabase(
  sql: Database,
  { ms, what, max = 1 }: { ms: number; what: string; max?: number },
): BoundedDatabase {
  interface Client {
    readonly name: string;
    readonly sql: Database;
  }
  const spare: Client[] = [];
  const open = (): Client => {
    // PostgreSQL cuts it after 63 bytes, so what makes it unique comes first.
    const name = `ml_training ${randomBytes(6).toString('hex')} ${what}`.slice(0, 63);
    return { name, sql: timedClient(sql, name, ms, max) };
  };
  return {
    run: async (work, giveUp) => {
      const client = spare.pop() ?? open();
      try {
        const done = await withDeadline(work(client.sql), ms, what, giveUp);
        if (spare.length === 0) spare.push(client);
        else await client.sql.end({ timeout: 1 });
        return done;
      } catch (error) {
        // Not awaited: who waited long enough learns of it at once.
        client.sql.end({ timeout: 0 }).catch(() => undefined);
        endBackends(sql, client.name).catch(() => undefined);
        throw error;
      }
    },
    end: async () => {
      await Promise.all(spare.splice(0).map((client) => client.sql.end({ timeout: 1 })));
    },
  };
}

/** Over a connection of its own: those of `sql` may be busy with what takes so long. */
async function endBackends(sql: Database, name: string): Promise<void> {
  const own = timedClient(sql, 'ml_training ends what was given up', endingMs, 1);
  try {
    const ended = own`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = ${name}`;
    await withDeadline(ended, endingMs, 'ending what was given up');
  } finally {
    await own.end({ timeout: 0 });
  }
}
