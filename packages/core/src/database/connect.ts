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
