// The table or view of the user's that MARKET_DATA_TABLE names: which of its columns is what, and how its
// times are read. Nothing of it is ever written.
import type { Config } from '../config/index.ts';
import { FleetError } from '../errors.ts';
import type { Database } from './connect.ts';
import { epochUnit, units, type EpochUnit } from './epoch-unit.ts';

export type BarSettings = Pick<Config, 'MARKET_DATA_TABLE' | 'MARKET_DATA_COLUMNS' | 'MARKET_DATA_TIMEZONE'>;

/** What every bar has; a table may lack the volume. */
export const roles = ['time', 'symbol', 'open', 'high', 'low', 'close', 'volume'] as const;
export type Role = (typeof roles)[number];

/** How instants are kept: `unit` of a number since the epoch, `zone` of a time without one. */
type TimeKind =
  | { readonly kind: 'timestamptz' }
  | { readonly kind: 'timestamp' | 'date'; readonly zone: string }
  | { readonly kind: 'number'; readonly unit: EpochUnit; readonly type: string };

/** A table or view of the user's that bars can be read from. */
export interface BarTable {
  /** As SQL names it: quoted where it has to be. */
  readonly name: string;
  readonly kind: 'table' | 'view' | 'materialized view' | 'foreign table';
  /** The column of each role, unquoted; a volume may be missing. */
  readonly columns: Readonly<Record<Exclude<Role, 'volume'>, string>> & { readonly volume: string | null };
  /** Further columns of numbers: the name that strategies know, and the column. */
  readonly further: readonly { readonly name: string; readonly column: string }[];
  readonly time: TimeKind;
}

/** Whether the settings name bars of somebody else's, which are read and never written. */
export const isForeign = ({ MARKET_DATA_TABLE, MARKET_DATA_COLUMNS }: BarSettings): boolean =>
  MARKET_DATA_TABLE !== 'market_data' || MARKET_DATA_COLUMNS.length > 0;

/** Names that people give a column; the first that a table has is taken. */
const usualNames: Readonly<Record<Role, readonly string[]>> = {
  time: [
    'time',
    'ts',
    'timestamp',
    'datetime',
    'date_time',
    'open_time',
    'opentime',
    'bar_time',
    'date',
    'dt',
    'bucket',
    't',
  ],
  symbol: ['symbol', 'ticker', 'instrument', 'pair', 'market', 'asset', 'sym', 'code', 's'],
  open: ['open', 'open_price', 'openprice', 'px_open', 'price_open', 'o'],
  high: ['high', 'high_price', 'highprice', 'px_high', 'price_high', 'max', 'h'],
  low: ['low', 'low_price', 'lowprice', 'px_low', 'price_low', 'min', 'l'],
  close: [
    'close',
    'close_price',
    'closeprice',
    'px_last',
    'px_close',
    'price_close',
    'last',
    'adj_close',
    'adjclose',
    'c',
  ],
  volume: ['volume', 'vol', 'base_volume', 'tick_volume', 'v'],
};

/** `Adj Close` and `adjClose` are `adj_close` and `adjclose`. */
const plainName = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');
const numeric = /^(double precision|real|numeric(\(.*\))?|smallint|integer|bigint)$/;
const textual = /^(text|character varying(\(\d+\))?|character(\(\d+\))?|name|citext)$/;
const furtherName = /^[a-z][a-z0-9_]{0,62}$/;

export interface CatalogColumn {
  readonly name: string;
  readonly type: string;
  readonly readable: boolean;
}

/**
 * Which column is what, by MARKET_DATA_COLUMNS, else by name; how times are kept where the type alone says it.
 * @returns problems in words, none where all is clear
 */
export function mapColumns(
  columns: readonly CatalogColumn[],
  { MARKET_DATA_COLUMNS, MARKET_DATA_TIMEZONE: zone }: BarSettings,
): { problems: string[]; found: Map<Role, string>; further: BarTable['further']; unit: EpochUnit | null } {
  const problems: string[] = [];
  const found = new Map<Role, string>();
  const named: { name: string; column: string }[] = [];
  let unit: EpochUnit | null = null;
  const byName = (wanted: string): CatalogColumn | undefined =>
    columns.find(({ name }) => name === wanted) ??
    only(columns.filter(({ name }) => plainName(name) === plainName(wanted)));
  for (const entry of MARKET_DATA_COLUMNS) {
    const { name, column: given, unit: said } = columnEntry(entry);
    const column = byName(given);
    if (column === undefined) problems.push(`it has no column ${given}, which MARKET_DATA_COLUMNS names`);
    else if (isRole(name)) found.set(name, column.name);
    else named.push({ name, column: column.name });
    if (name === 'time') unit = said;
  }
  for (const role of roles) {
    if (found.has(role)) continue;
    const taken = new Set(found.values());
    for (const usual of usualNames[role]) {
      const alike = columns.filter(({ name }) => plainName(name) === usual && !taken.has(name));
      const column = alike.find(({ name }) => name === usual) ?? alike[0];
      if (column === undefined) continue;
      found.set(role, column.name);
      break;
    }
    if (!found.has(role) && role !== 'volume') problems.push(lacks(role, columns));
  }
  const typeOf = (role: Role): string => columns.find(({ name }) => name === found.get(role))?.type ?? '';
  if (found.has('symbol') && !textual.test(typeOf('symbol')))
    problems.push(
      `its column ${found.get('symbol')!} is ${typeOf('symbol')}, but symbols must be text: ${makeAView}`,
    );
  for (const role of ['open', 'high', 'low', 'close', 'volume'] as const)
    if (found.has(role) && !numeric.test(typeOf(role)))
      problems.push(`its column ${found.get(role)!} is ${typeOf(role)}, not a number: ${makeAView}`);
  const time = typeOf('time');
  if (found.has('time') && !timeTypes.test(time))
    problems.push(
      `its column ${found.get('time')!} is ${time}, but times must be timestamptz, timestamp, date or a ` +
        `number since 1970: ${makeAView}`,
    );
  if (time === 'timestamp without time zone' && zone === '')
    problems.push(
      `its column ${found.get('time')!} is a timestamp without a time zone: set MARKET_DATA_TIMEZONE to the ` +
        'zone that its times are in, such as UTC or America/New_York. (A wrong hour would let a model look ' +
        'into the future, so it is not guessed.)',
    );
  const used = new Set([...found.values(), ...named.map(({ column }) => column)]);
  const others = columns
    .filter(({ name, type }) => !used.has(name) && numeric.test(type))
    .map(({ name }) => ({ name: plainName(name), column: name }));
  const further = [...named, ...others].filter(
    ({ name }, i, all) =>
      furtherName.test(name) && !isRole(name) && all.findIndex((one) => one.name === name) === i,
  );
  for (const { column } of named)
    if (!numeric.test(columns.find(({ name }) => name === column)?.type ?? ''))
      problems.push(`its column ${column}, which MARKET_DATA_COLUMNS names, is not of numbers`);
  const kept = new Set([...found.values(), ...further.map(({ column }) => column)]);
  const hidden = columns.filter(({ name, readable }) => kept.has(name) && !readable);
  if (hidden.length > 0) problems.push(hiddenProblem(hidden.map(({ name }) => name)));
  return { problems, found, further, unit };
}

const timeTypes =
  /^(timestamp with time zone|timestamp without time zone|date|bigint|integer|numeric(\(.*\))?|double precision)$/;
const makeAView = 'make a view that converts it, and name the view in MARKET_DATA_TABLE';
const hiddenProblem = (names: readonly string[]): string =>
  `this user may not read its ${names.length === 1 ? 'column' : 'columns'} ${names.join(', ')}`;
const isRole = (name: string): name is Role => (roles as readonly string[]).includes(name);
const only = <T>(list: readonly T[]): T | undefined => (list.length === 1 ? list[0] : undefined);

const lacks = (role: Role, columns: readonly CatalogColumn[]): string =>
  role === 'symbol'
    ? `none of its columns is the symbol by its name; say which with MARKET_DATA_COLUMNS=symbol=COLUMN, or, ` +
      `where all bars are of one symbol, make a view with 'BTC/USDT'::text AS symbol`
    : `none of its columns is the ${role} by its name (it has ${columns.map(({ name }) => name).join(', ')}); ` +
      `say which with MARKET_DATA_COLUMNS=${role}=COLUMN`;

/** An entry of MARKET_DATA_COLUMNS, such as `time=open_time:ms`, that its validator let pass. */
function columnEntry(entry: string): { name: string; column: string; unit: EpochUnit | null } {
  const at = entry.indexOf('=');
  const name = entry.slice(0, at);
  const column = entry.slice(at + 1);
  const unit = name === 'time' ? units.find((one) => column.endsWith(`:${one}`)) : undefined;
  return unit === undefined
    ? { name, column, unit: null }
    : { name, column: column.slice(0, -unit.length - 1), unit };
}

const kinds: Readonly<Record<string, BarTable['kind']>> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
};

/**
 * Looks the table or view up that settings name.
 * @throws FleetError DATABASE_UNFIT with all that is wrong with it and what to do
 */
export async function lookUpBarTable(sql: Database, settings: BarSettings): Promise<BarTable> {
  const given = settings.MARKET_DATA_TABLE;
  const relation = await findRelation(sql, given);
  const kind = kinds[relation.kind];
  if (kind === undefined) throw unfit(given, ['it is neither a table nor a view']);
  const columns = await sql<CatalogColumn[]>`
    SELECT attname::text AS name, format_type(coalesce(nullif(typbasetype, 0), atttypid), atttypmod) AS type,
           has_column_privilege(attrelid, attnum, 'SELECT') AS readable
    FROM pg_attribute JOIN pg_type t ON t.oid = atttypid
    WHERE attrelid = ${relation.oid}::oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum`;
  if (columns.every(({ readable }) => !readable))
    throw unfit(given, [`this user may not read it: let its owner run ${grant(relation)}`]);
  const { problems, found, further, unit } = mapColumns(columns, settings);
  if (problems.length > 0)
    throw unfit(
      given,
      problems.map((one) => (/may not read/.test(one) ? `${one}: ${grant(relation)}` : one)),
    );
  const column = (role: Role): string => found.get(role)!; // Problems would name one that is missing.
  const type = columns.find(({ name }) => name === column('time'))!.type;
  return {
    name: relation.name,
    kind,
    columns: {
      time: column('time'),
      symbol: column('symbol'),
      open: column('open'),
      high: column('high'),
      low: column('low'),
      close: column('close'),
      volume: found.get('volume') ?? null,
    },
    further,
    time: await timeKind(sql, { given, name: relation.name, column: column('time'), type, unit, settings }),
  };
}

interface Relation {
  readonly oid: string;
  readonly kind: string;
  readonly name: string;
  readonly user: string;
  readonly schema: string;
}

const grant = ({ name, user, schema }: Relation): string =>
  `GRANT USAGE ON SCHEMA ${schema} TO ${user}; GRANT SELECT ON ${name} TO ${user}`;

async function findRelation(sql: Database, given: string): Promise<Relation> {
  const parts = tableParts(given);
  const quoted = parts.map(quoteName).join('.');
  const rows = await sql<Relation[]>`
    SELECT c.oid::text AS oid, c.relkind::text AS kind, format('%I.%I', n.nspname, c.relname) AS name,
           quote_ident(current_user) AS user, quote_ident(n.nspname) AS schema
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = ${parts.at(-1)!} AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND ${parts.length === 2 ? sql`n.nspname = ${parts[0]!}` : sql`pg_table_is_visible(c.oid)`}`;
  const [found] = rows;
  if (found !== undefined) return found;
  const others = await sql<{ name: string }[]>`
    SELECT format('%s.%s', n.nspname, c.relname) AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE lower(c.relname) = lower(${parts.at(-1)!}) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT LIKE '\\_timescaledb%' LIMIT 3`;
  throw unfit(given, [
    `there is no ${quoted} in this database` +
      (others.length === 0 ? '' : ` (there is ${others.map(({ name }) => name).join(', ')})`),
  ]);
}

/** `schema.table` or `table`, each part as it is, or in double quotes. The validator let it pass. */
export const tableParts = (given: string): string[] =>
  [...given.matchAll(/"((?:[^"]|"")+)"|([^".]+)/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare!,
  );

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** How many rows say which unit a number is in. */
const looked = 1000;

async function timeKind(
  sql: Database,
  about: {
    readonly given: string;
    readonly name: string;
    readonly column: string;
    readonly type: string;
    readonly unit: EpochUnit | null;
    readonly settings: BarSettings;
  },
): Promise<TimeKind> {
  const { given, name, column, type, unit, settings } = about;
  if (type === 'timestamp with time zone') return { kind: 'timestamptz' };
  if (type === 'date') return { kind: 'date', zone: settings.MARKET_DATA_TIMEZONE || 'UTC' };
  if (type.startsWith('timestamp')) return { kind: 'timestamp', zone: settings.MARKET_DATA_TIMEZONE };
  if (unit !== null) return { kind: 'number', unit, type };
  const quoted = quoteName(column);
  const [sample] = await sql.unsafe<{ least: number | null; most: number | null }[]>(
    `SELECT min(t)::float8 AS least, max(t)::float8 AS most
     FROM (SELECT ${quoted} AS t FROM ${name} WHERE ${quoted} IS NOT NULL LIMIT ${looked}) s`,
  );
  const guess = epochUnit([sample?.least ?? null, sample?.most ?? null], new Date());
  if (guess.unit === null)
    throw unfit(given, [
      `its column ${column} is ${type}, and ${guess.problem}: say the unit, one of ${units.join(', ')}, with ` +
        `MARKET_DATA_COLUMNS=time=${column}:ms`,
    ]);
  return { kind: 'number', unit: guess.unit, type };
}

const unfit = (given: string, problems: readonly string[]): FleetError =>
  new FleetError(
    'DATABASE_UNFIT',
    `MARKET_DATA_TABLE is ${given}, and no bars can be read from it: ${problems.join('; ')}`,
  );
