import postgres from 'postgres';
import { FleetError } from '../errors.ts';
import { databaseAddress } from './address.ts';
import { isForeign, lookUpBarTable, type BarSettings, type BarTable } from './bar-table.ts';
import { notePooler, optionsOf } from './pooler.ts';
import { socketMaker, type SocketMaker } from './socket.ts';

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
   * array. Without, statements are not prepared either, as hardly any is run twice.
   */
  readonly arrays?: boolean;
  /** Where bars are read from; the fleet's market_data unless given. */
  readonly bars?: BarSettings;
}

/** What a client and all that are made like it share: where bars are, looked up by the first who asks. */
interface Bars {
  readonly settings: BarSettings;
  table: Promise<BarTable> | null;
}
const barsOf = new WeakMap<Database, Bars>();

/**
 * The user's table that this client reads bars from; null for the fleet's own.
 * @throws FleetError DATABASE_UNFIT where no bars can be read from it; asked again, it is looked up again
 */
export async function barTableOf(sql: Database): Promise<BarTable | null> {
  const bars = barsOf.get(sql);
  if (bars === undefined) return null;
  bars.table ??= lookUpBarTable(sql, bars.settings).catch((error: unknown) => {
    bars.table = null;
    throw error;
  });
  return bars.table;
}

/** The settings that name it; null where bars are in the fleet's own market_data. */
export const barSettingsOf = (sql: Database): BarSettings | null => barsOf.get(sql)?.settings ?? null;

/**
 * A pool of connections to PostgreSQL; nothing is opened before the first query. A query that PostgreSQL has
 * said nothing to for `silenceMs` fails.
 */
export function connectDatabase(url: string, options: ConnectOptions): Database {
  const address = databaseAddress(url);
  if (typeof address === 'string')
    throw new FleetError('CONFIG_INVALID', `DATABASE_URL is no URL of PostgreSQL's: ${address}`);
  const { hosts, user, password, database, session, settings } = address;
  const silenceMs = options.silenceMs ?? defaultSilenceMs;
  const sql = postgres({
    host: hosts.map(({ host }) => host),
    port: hosts.map(({ port }) => port),
    // Sockets, and TLS on them, are made here.
    path: '',
    ssl: false,
    socket: socketMaker(address, silenceMs),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
    ...(session === undefined ? {} : { target_session_attrs: session }),
    max: options.max ?? 4,
    fetch_types: options.arrays ?? true,
    prepare: options.arrays ?? true,
    connect_timeout: address.connectSeconds,
    // A job's lease depends on noticing a dead connection soon; backoff up to 2 s keeps reconnecting cheap.
    keep_alive: 10,
    backoff: (attempt: number) => Math.min(2, 0.1 * 2 ** attempt),
    // In seconds; half of it, so that no query is sent just when an idle socket has been silent for long
    // enough.
    idle_timeout: silenceMs / 2000,
    connection: {
      ...settings,
      application_name: `ml_training ${options.applicationName}`,
      TimeZone: 'UTC',
      ...statementTimeout(options.statementMs),
    },
    onnotice: () => undefined,
    // Its types lack `socket` and several hosts, which its README has.
  } as unknown as postgres.Options<Record<string, postgres.PostgresType>>);
  if (address.pooled) notePooler(optionsOf(sql));
  return options.bars === undefined ? sql : readBarsFrom(sql, options.bars);
}

/** The same client, which reads bars from where settings say. */
export function readBarsFrom(sql: Database, settings: BarSettings): Database {
  if (isForeign(settings)) barsOf.set(sql, { settings, table: null });
  return sql;
}

/** In PostgreSQL's unit, milliseconds. */
const statementTimeout = (ms: number | undefined): { statement_timeout?: number } =>
  ms === undefined ? {} : { statement_timeout: Math.ceil(ms) };

/**
 * A client like `sql` with a single connection, which may be silent for as long as it likes: for what may take
 * long. Nothing of a session outlives a transaction on it, as it may lead to a pooler: settings, locks and
 * temporary tables are a transaction's own. End it after use.
 */
export function ownConnection(sql: Database): Database {
  const socket = socketOf(sql);
  return likeness(sql, {
    max: 1,
    idle_timeout: 0,
    max_lifetime: 0,
    fetch_types: false,
    prepare: false,
    ...(socket === undefined ? {} : { socket: socket.patient() }),
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

/** As connectDatabase has made it; undefined of a client of postgres.js's own. */
const socketOf = (sql: Database): SocketMaker | undefined =>
  (sql.options as unknown as { socket?: SocketMaker }).socket;

function likeness(sql: Database, differences: object): Database {
  const options = { ...sql.options, ...differences };
  // A client takes another's options whole, as postgres.js does for LISTEN; its types don't know.
  const like = postgres(options as unknown as postgres.Options<Record<string, postgres.PostgresType>>);
  const bars = barsOf.get(sql);
  if (bars !== undefined) barsOf.set(like, bars);
  return like;
}
