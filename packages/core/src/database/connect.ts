import postgres from 'postgres';
import { impatientSocket } from './socket.ts';

export type Database = postgres.Sql;

/**
 * No query of the pool's is silent for so long; imports and migrations, which may be, have connections of
 * their own.
 */
const defaultSilenceMs = 60_000;

interface ConnectOptions {
  readonly max?: number;
  readonly applicationName: string;
  readonly silenceMs?: number;
  /** After so long PostgreSQL itself ends a statement; without it, none is. */
  readonly statementMs?: number;
  /**
   * Whether each new connection first asks for the array types there are, without which a query can take no
   * array.
   */
  readonly arrays?: boolean;
}

/**
 * A pool of connections to PostgreSQL; nothing is opened before the first query. A query that PostgreSQL has
 * said nothing to for `silenceMs` fails.
 */
export function connectDatabase(url: string, options: ConnectOptions): Database {
  const silenceMs = options.silenceMs ?? defaultSilenceMs;
  return postgres(url, {
    // postgres.js takes a database's name as it is encoded in the URL.
    database: decodeURIComponent(new URL(url).pathname.slice(1)),
    max: options.max ?? 4,
    fetch_types: options.arrays ?? true,
    connect_timeout: 5,
    // A job's lease depends on noticing a dead connection soon; backoff up to 2 s keeps reconnecting cheap.
    keep_alive: 10,
    backoff: (attempt: number) => Math.min(2, 0.1 * 2 ** attempt),
    // In seconds; half of it, so that no query is sent just when an idle socket has been silent for long
    // enough.
    idle_timeout: silenceMs / 2000,
    socket: impatientSocket(silenceMs),
    connection: {
      application_name: `ml_training ${options.applicationName}`,
      TimeZone: 'UTC',
      ...statementTimeout(options.statementMs),
    },
    onnotice: () => undefined,
  } as postgres.Options<Record<string, postgres.PostgresType>>); // Its types lack `socket`, which its README has.
}

/** In PostgreSQL's unit, milliseconds. */
const statementTimeout = (ms: number | undefined): { statement_timeout?: number } =>
  ms === undefined ? {} : { statement_timeout: Math.ceil(ms) };

/**
 * A client like `sql` with a single connection, for what lives as long as one: a session's lock, a temporary
 * table. It may be silent for as long as it likes. (Not one that sql.reserve() lends: that outlives its own
 * connection.) End it after use.
 */
export function ownConnection(sql: Database): Database {
  return likeness(sql, {
    max: 1,
    idle_timeout: 0,
    max_lifetime: 0,
    fetch_types: false,
    socket: undefined,
  });
}

/**
 * A client like `sql` whose connections have a name of their own, and statements that PostgreSQL ends after
 * `ms`.
 */
export function timedClient(sql: Database, name: string, ms: number, max: number): Database {
  const connection = { ...sql.options.connection, application_name: name, ...statementTimeout(ms) };
  return likeness(sql, { max, connection });
}

function likeness(sql: Database, differences: object): Database {
  const options = { ...sql.options, ...differences };
  // A client takes another's options whole, as postgres.js does for LISTEN; its types don't know.
  return postgres(options as unknown as postgres.Options<Record<string, postgres.PostgresType>>);
}
