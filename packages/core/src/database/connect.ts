import postgres from 'postgres';
import { impatientSocket } from './socket.ts';

export type Database = postgres.Sql;

/** No query of the pool's is silent for so long; imports and migrations, which may be, have connections of their own. */
const defaultSilenceMs = 60_000;

interface ConnectOptions {
  readonly max?: number;
  readonly applicationName: string;
  readonly silenceMs?: number;
  /**
   * Whether each new connection first asks for the array types there are, without which a query can take no array. Where the
   * connection is lost at that question, nobody can catch the error (postgres.js 3.4.9): false where that matters more.
   */
  readonly arrays?: boolean;
}

/**
 * A pool of connections to PostgreSQL; nothing is opened before the first query. A query that PostgreSQL has said nothing
 * to for `silenceMs` fails.
 */
export function connectDatabase(url: string, options: ConnectOptions): Database {
  const silenceMs = options.silenceMs ?? defaultSilenceMs;
  return postgres(url, {
    max: options.max ?? 4,
    fetch_types: options.arrays ?? true,
    connect_timeout: 5,
    // A job's lease depends on noticing a dead connection soon; backoff up to 2 s keeps reconnecting cheap.
    keep_alive: 10,
    backoff: (attempt: number) => Math.min(2, 0.1 * 2 ** attempt),
    // In seconds; half of it, so that no query is sent just when an idle socket has been silent for long enough.
    idle_timeout: silenceMs / 2000,
    socket: impatientSocket(silenceMs),
    connection: { application_name: `ml_training ${options.applicationName}`, TimeZone: 'UTC' },
    onnotice: () => undefined,
  } as postgres.Options<Record<string, postgres.PostgresType>>); // Its types lack `socket`, which its README has.
}

/**
 * A client like `sql` with a single connection, for what lives as long as one: a session's lock, a temporary table. It
 * may be silent for as long as it likes.
 * (A connection that sql.reserve() lends crashes the process when its backend is lost between two statements,
 * postgres.js 3.4.9.) End it after use.
 */
export function ownConnection(sql: Database): Database {
  const options = {
    ...sql.options,
    max: 1,
    idle_timeout: 0,
    max_lifetime: 0,
    fetch_types: false,
    socket: undefined,
  };
  // A client takes another's options whole, as postgres.js does for LISTEN; its types don't know.
  return postgres(options as unknown as postgres.Options<Record<string, postgres.PostgresType>>);
}
