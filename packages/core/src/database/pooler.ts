// PgBouncer and its kind: each transaction may be on another connection of PostgreSQL's.
import type { Database } from './connect.ts';

/** What decides of a client's options, which postgres.js reads anew for each connection and query. */
interface ClientOptions {
  readonly host: readonly string[];
  readonly port: readonly number[];
  readonly database: string;
  prepare: boolean;
  connection: Record<string, unknown>;
}

/** Places that were found to be poolers, or said to be. */
const pooled = new Set<string>();
const placeOf = ({ host, port, database }: ClientOptions): string => JSON.stringify([host, port, database]);

/**
 * Makes a client fit for a pooler where its place is one: its statements are not prepared, as they would be on
 * one connection and run on another; and none of its connections asks for a statement_timeout, with which
 * PgBouncer refuses it.
 */
export function fitForPooler(options: ClientOptions): void {
  if (!pooled.has(placeOf(options))) return;
  options.prepare = false;
  delete options.connection['statement_timeout'];
}

/** Notes that this client's place is a pooler, for all clients of this process. */
export function notePooler(options: ClientOptions): void {
  pooled.add(placeOf(options));
  fitForPooler(options);
}

/**
 * Finds out whether there is a pooler between this process and PostgreSQL, which it is best to do before the
 * first other query: a pooler gives each client a process id of its own making, not that of the backend.
 */
export async function lookForPooler(sql: Database): Promise<boolean> {
  // Not prepared, as `unsafe` isn't.
  const asked = await sql.unsafe<[{ pid: number }]>('SELECT pg_backend_pid() AS pid');
  const behind = asked[0].pid !== asked.state.pid;
  if (behind) notePooler(optionsOf(sql));
  return behind;
}

/** The options that a client goes by, which are those that are changed above. */
export const optionsOf = (sql: Database): ClientOptions => sql.options;
