import { splitServerUrl } from '../config/server-url.ts';

/** What of a server's certificate is checked; `prefer` also does without TLS where the server has none. */
type TlsMode = 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

export interface TlsSettings {
  readonly mode: TlsMode;
  /** File of certificates to trust, or `system`; without one ~/.postgresql/root.crt, else those Node knows. */
  readonly rootCert: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly keyPassword: string | undefined;
  /** TLS from the first byte on, as `sslnegotiation=direct` asks for. */
  readonly direct: boolean;
}

/** Where PostgreSQL is and how it is spoken to, as DATABASE_URL says. */
export interface DatabaseAddress {
  /** Tried in their order; one that begins with / is the folder of a Unix socket. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  readonly tls: TlsSettings;
  /** Whether it says itself that there is a pooler, as `pgbouncer=true` does. */
  readonly pooled: boolean;
  readonly connectSeconds: number;
  readonly session: 'read-write' | 'read-only' | 'primary' | 'standby' | 'prefer-standby' | undefined;
  /** Settings of each session, such as search_path. */
  readonly settings: Readonly<Record<string, string>>;
}

const modes: Readonly<Record<string, TlsMode>> = {
  disable: 'disable',
  false: 'disable',
  // psql's `allow` asks for TLS second; a server that refuses one of the two gets the other either way.
  allow: 'prefer',
  prefer: 'prefer',
  require: 'require',
  true: 'require',
  'no-verify': 'require',
  'verify-ca': 'verify-ca',
  'verify-full': 'verify-full',
};
const sessions = ['read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const;

/** Of other clients (libpq, Prisma, SQLAlchemy, Supabase): they say nothing that concerns this one. */
const ofOthers = new Set([
  ...[
    'application_name',
    'fallback_application_name',
    'client_encoding',
    'sslcompression',
    'sslcrl',
    'sslsni',
  ],
  ...['gssencmode', 'krbsrvname', 'keepalives', 'keepalives_idle', 'keepalives_interval', 'keepalives_count'],
  ...['tcp_user_timeout', 'load_balance_hosts', 'requirepeer', 'min_protocol_version', 'uselibpqcompat'],
  ...['ssl_min_protocol_version', 'ssl_max_protocol_version', 'require_auth', 'passfile', 'service', 'supa'],
  ...[
    'connection_limit',
    'pool_timeout',
    'socket_timeout',
    'statement_cache_size',
    'sslaccept',
    'workaround',
  ],
  ...['single_use_connections', 'pool_mode', 'pool_size', 'prepared_statement_cache_size'],
]);
const takenUp = new Set([
  ...['host', 'hostaddr', 'port', 'user', 'password', 'dbname', 'sslmode', 'ssl', 'sslrootcert', 'sslcert'],
  ...[
    'sslkey',
    'sslpassword',
    'sslnegotiation',
    'channel_binding',
    'connect_timeout',
    'target_session_attrs',
  ],
  ...['pgbouncer', 'schema'],
]);

/**
 * Reads a URL of PostgreSQL's as psql does: several hosts, IPv6 addresses in [ ], the folder of a Unix socket as
 * an escaped host or as ?host=, and its parameters; and those that other clients' URLs have (docs/operations.md).
 * @returns what is wrong, in words, where it can't be used
 */
export function databaseAddress(text: string): DatabaseAddress | string {
  const url = splitServerUrl(text);
  if (typeof url === 'string') return url;
  const { params } = url;
  const hosts = hostsOf(url.hosts, params);
  if (typeof hosts === 'string') return hosts;
  const tls = tlsOf(hosts, params);
  if (typeof tls === 'string') return tls;
  const session = params.get('target_session_attrs') ?? (hosts.length > 1 ? 'read-write' : 'any');
  const known = sessions.find((one) => one === session);
  if (known === undefined && session !== 'any')
    return `its target_session_attrs is none of any, ${sessions.join(', ')}`;
  const pooled = /^(true|1|yes|on)$/i.test(params.get('pgbouncer') ?? '');
  const schema = params.get('schema') ?? 'public';
  if (pooled && schema !== 'public')
    return (
      'it has schema and pgbouncer, but a pooler keeps no search_path: leave schema out, and run ALTER ROLE ' +
      'the user SET search_path = the schema'
    );
  const timeout = Number(params.get('connect_timeout') ?? 5);
  const given = [...params].filter(([name]) => !takenUp.has(name) && !ofOthers.has(name));
  return {
    hosts,
    user: params.get('user') ?? (url.user || undefined),
    password: params.get('password') ?? (url.password || undefined),
    database: params.get('dbname') ?? (url.path || undefined),
    tls,
    pooled,
    connectSeconds: Number.isFinite(timeout) && timeout >= 1 ? Math.min(timeout, 60) : 5,
    session: known,
    settings: {
      ...(schema === 'public' ? {} : { search_path: `"${schema.replaceAll('"', '""')}"` }),
      ...Object.fromEntries(given),
    },
  };
}

function hostsOf(
  inUrl: readonly { readonly host: string; readonly port: number | undefined }[],
  params: ReadonlyMap<string, string>,
): DatabaseAddress['hosts'] | string {
  const named = (params.get('host') ?? params.get('hostaddr'))?.split(',');
  const ports = params.get('port')?.split(',').map(Number) ?? [];
  if (ports.some((port) => !Number.isInteger(port) || port < 1 || port > 65_535))
    return 'its port is not from 1 to 65535';
  const hosts = named === undefined ? inUrl : named.map((host, i) => ({ host, port: inUrl[i]?.port }));
  // As psql: without a host it is this machine's socket; there is no telling which folder of it is meant.
  if (hosts.length === 0 || hosts.some(({ host }) => host === ''))
    return (
      'it lacks a host: name one, or the folder of a Unix socket as in ' +
      'postgres://user@%2Fvar%2Frun%2Fpostgresql/database'
    );
  return hosts.map(({ host, port }, i) => ({
    host,
    port: port ?? ports[i] ?? (ports.length === 1 ? ports[0]! : 5432),
  }));
}

const local = /^(\/.*|localhost|127\.\d+\.\d+\.\d+|::1)$/;

function tlsOf(
  hosts: DatabaseAddress['hosts'],
  params: ReadonlyMap<string, string>,
): DatabaseAddress['tls'] | string {
  const rootCert = params.get('sslrootcert');
  const given = params.get('sslmode') ?? params.get('ssl');
  const direct = params.get('sslnegotiation') === 'direct';
  // psql's own default is prefer; on this machine it would only cost time.
  const fallback = hosts.every(({ host }) => local.test(host)) ? 'disable' : 'prefer';
  let mode = given === undefined ? (rootCert === 'system' ? 'verify-full' : fallback) : modes[given];
  if (mode === undefined) return `its sslmode is none of ${Object.keys(psqlModes).join(', ')}`;
  // No channel binding here, which is to keep others out: the certificate does it instead.
  if (params.get('channel_binding') === 'require') {
    if (mode === 'disable') return 'it has channel_binding=require, but no TLS: leave one of the two out';
    mode = 'verify-full';
  }
  const [cert, key] = [params.get('sslcert'), params.get('sslkey')];
  if ((cert === undefined) !== (key === undefined)) {
    const [given, lacking] = cert === undefined ? ['sslkey', 'sslcert'] : ['sslcert', 'sslkey'];
    return `it has ${given} without ${lacking}: name the file of the other, too, or that one file twice if it holds both`;
  }
  if (direct && (mode === 'disable' || mode === 'prefer')) mode = 'require';
  return {
    mode,
    rootCert,
    cert,
    key,
    keyPassword: params.get('sslpassword'),
    direct,
  };
}

const psqlModes = { disable: 1, allow: 1, prefer: 1, require: 1, 'verify-ca': 1, 'verify-full': 1 };
