import postgres from 'postgres';

export type Database = postgres.Sql;

/** A pool of connections to PostgreSQL; nothing is opened before the first query. */
export function connectDatabase(url: string, options: { max?: number; applicationName: string }): Database {
  return postgres(url, {
    max: options.max ?? 4,
    connect_timeout: 5,
    // A job's lease depends on noticing a dead connection soon; backoff up to 2 s keeps reconnecting cheap.
    keep_alive: 10,
    backoff: (attempt: number) => Math.min(2, 0.1 * 2 ** attempt),
    connection: { application_name: `ml_training ${options.applicationName}`, TimeZone: 'UTC' },
    onnotice: () => undefined,
  });
}

/**
 * A client like `sql` with a single connection, for what lives as long as one: a session's lock, a temporary table.
 * (A connection that sql.reserve() lends crashes the process when its backend is lost between two statements,
 * postgres.js 3.4.9.) End it after use.
 */
export function ownConnection(sql: Database): Database {
  const options = { ...sql.options, max: 1, idle_timeout: 0, max_lifetime: 0, fetch_types: false };
  // A client takes another's options whole, as postgres.js does for LISTEN; its types don't know.
  return postgres(options as unknown as postgres.Options<Record<string, postgres.PostgresType>>);
}
