import { readFileSync } from 'node:fs';
import type { RedisOptions } from 'ioredis';
import { splitServerUrl, type ServerUrl } from '../config/server-url.ts';

/** Schemes that REDIS_URL may have: of one server, of a Unix socket, of Sentinels. */
export const redisSchemes = [
  ...['redis', 'rediss', 'unix', 'redis+unix', 'redis+socket'],
  ...['redis+sentinel', 'rediss+sentinel', 'redis+cluster', 'rediss+cluster'],
];

const oneServer =
  'the queue needs one Redis, or one that Sentinels watch over ' +
  '(redis+sentinel://host1:26379,host2:26379/NAME/0); a cluster spreads its keys over servers';

/** Where Redis is, in ioredis's words. */
type RedisAddress = Pick<
  RedisOptions,
  | ('host' | 'port' | 'path' | 'db' | 'username' | 'password' | 'tls')
  | ('sentinels' | 'name' | 'role' | 'sentinelUsername' | 'sentinelPassword')
  | ('sentinelTLS' | 'enableTLSForSentinelMode')
>;

/**
 * What ioredis needs for a URL of Redis's as providers print it.
 * @returns what is wrong, in words, where it can't be used
 */
export function redisAddress(text: string): RedisAddress | string {
  const url = splitServerUrl(text);
  if (typeof url === 'string') return url;
  const { scheme, hosts, path, params } = url;
  if (scheme.endsWith('+cluster')) return oneServer;
  const login = loginOf(url);
  if (/^(unix|redis\+unix|redis\+socket)$/.test(scheme)) {
    // As in redis-py: the whole path is the socket's, and the database a parameter.
    if (hosts.length > 0) return 'a Unix socket has no host: write unix:///path/of/redis.sock?db=0';
    const db = databaseOf(params.get('db') ?? '');
    return typeof db === 'string' ? db : { path: `/${path}`, db, ...login };
  }
  if (hosts.length === 0 || hosts.some(({ host }) => host === '')) return 'it lacks a host';
  const tls = scheme.startsWith('rediss') ? tlsOf(params) : undefined;
  if (typeof tls === 'string') return tls;
  if (scheme.endsWith('+sentinel')) return sentinels(url, login, tls);
  if (hosts.length > 1) return `it has ${hosts.length} hosts: ${oneServer}`;
  const db = databaseOf(params.get('db') ?? path);
  if (typeof db === 'string') return db;
  const [{ host, port = 6379 }] = hosts as [ServerUrl['hosts'][number]];
  return { host, port, db, ...login, ...(tls === undefined ? {} : { tls }) };
}

/** `…/NAME` or `…/NAME/DATABASE`; the login is Redis's own, the Sentinels' are parameters. */
function sentinels(
  { hosts, path, params }: ServerUrl,
  login: RedisAddress,
  tls: object | undefined,
): RedisAddress | string {
  const [name = '', database = '', ...more] = path.split('/');
  if (name === '' || more.length > 0)
    return (
      'it lacks the name under which the Sentinels watch over the server: ' +
      'write redis+sentinel://host1:26379,host2:26379/NAME/0'
    );
  const db = databaseOf(params.get('db') ?? database);
  if (typeof db === 'string') return db;
  const password = params.get('sentinel_password');
  const username = params.get('sentinel_username');
  return {
    sentinels: hosts.map(({ host, port = 26_379 }) => ({ host, port })),
    name,
    db,
    role: 'master',
    ...login,
    ...(password === undefined ? {} : { sentinelPassword: password }),
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(tls === undefined ? {} : { tls, sentinelTLS: tls, enableTLSForSentinelMode: true }),
  };
}

function loginOf({ user, password, params }: ServerUrl): RedisAddress {
  const given = { username: params.get('username') ?? user, password: params.get('password') ?? password };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
}

function databaseOf(text: string): number | string {
  const plain = text.replace(/\/$/, '');
  if (/^\d{0,5}$/.test(plain)) return Number(plain);
  return (
    `${JSON.stringify(plain.slice(0, 40))} after its host is no database of Redis's, which are numbers, such as ` +
    '/0: leave it out. (Where it is the name that Sentinels know a server by: ' +
    `redis+sentinel://host1:26379,host2:26379/${/^[\w.-]{1,40}$/.test(plain) ? plain : 'NAME'}/0)`
  );
}

function tlsOf(params: ReadonlyMap<string, string>): object | string {
  const file = params.get('ssl_ca_certs');
  const unchecked = /^(none|cert_none|false)$/i.test(params.get('ssl_cert_reqs') ?? '');
  if (file === undefined) return unchecked ? { rejectUnauthorized: false } : {};
  try {
    return { ca: readFileSync(file), rejectUnauthorized: !unchecked };
  } catch (error) {
    return `the file of its ssl_ca_certs can't be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
