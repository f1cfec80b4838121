import { expect, test } from '@jest/globals';
import { databaseAddress } from './address.ts';

const read = (url: string) => {
  const address = databaseAddress(url);
  if (typeof address === 'string') throw new Error(address);
  const { hosts, user, password, database, tls, pooled, session, settings } = address;
  const places = hosts.map(({ host, port }) => `${host} ${port}`).join(', ');
  return { places, user, password, database, mode: tls.mode, pooled, session, settings };
};
const neon =
  'postgresql://o:p@ep-a-1-pooler.eu-central-1.aws.neon.tech/neondb?sslmode=require&channel_binding=require';
const supabase =
  'postgres://postgres.abc:p%40w@aws-0-eu.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=1';

test.each([
  ['postgres://u:p@db/x', { places: 'db 5432', user: 'u', password: 'p', database: 'x', mode: 'prefer' }],
  ['postgresql://u@localhost/x', { places: 'localhost 5432', mode: 'disable', session: undefined }],
  ['POSTGRES://u:p@127.0.0.1:65535/x', { places: '127.0.0.1 65535', mode: 'disable' }],
  ['postgres://u:p@localhost.example/x', { mode: 'prefer' }],
  ['postgres://u:p@localhost,b/x', { mode: 'prefer' }],
  ['postgres://u:p@a,b/x?port=1,2', { places: 'a 1, b 2' }],
  ['postgres://u:p@[::1]:5433/x', { places: '::1 5433' }],
  ['postgres://u:p@[2001:db8::7]/x', { places: '2001:db8::7 5432' }],
  ['postgres://u@%2Fvar%2Frun%2Fpostgresql/x', { places: '/var/run/postgresql 5432', mode: 'disable' }],
  ['postgres://u@%2Frun%2Fpg:5433/x', { places: '/run/pg 5433' }],
  [
    'postgresql:///x?host=/var/run/postgresql&user=u',
    { places: '/var/run/postgresql 5432', user: 'u', database: 'x' },
  ],
  ['postgresql://u@/x?host=/run/pg&port=6000', { places: '/run/pg 6000' }],
  ['postgres://u:p@a:1,b:2,[::1]:3/x', { places: 'a 1, b 2, ::1 3', session: 'read-write' }],
  ['postgres://u:p@a,b/x?target_session_attrs=any', { places: 'a 5432, b 5432', session: undefined }],
  ['postgres://u:p@a/x?host=b,c&port=7', { places: 'b 7, c 7' }],
  ['postgres://u:p@a/x?sslmode=verify-full&sslrootcert=/c.pem', { mode: 'verify-full', settings: {} }],
  ['postgres://u:p@a/x?sslrootcert=system', { mode: 'verify-full' }],
  ['postgres://u:p@a/x?ssl=true', { mode: 'require' }],
  [neon, { mode: 'verify-full', settings: {} }],
  [supabase, { pooled: true, password: 'p@w', settings: {}, user: 'postgres.abc' }],
  ['postgres://u:p@a/x?schema=public', { settings: {} }],
  ['postgres://u:p@a/x?schema=bars', { settings: { search_path: '"bars"' } }],
  ['postgres://u:p@a/x?application_name=psql&keepalives=1', { settings: {} }],
  ['postgres://u:p@a/x?options=-c%20work_mem%3D8MB', { settings: { options: '-c work_mem=8MB' } }],
  ['postgres://u:a+b%2Bc@a/x', { password: 'a+b+c' }],
])('%s', (url, expected) => {
  expect(read(url)).toMatchObject(expected);
});

test.each([
  ['', 5],
  ['?connect_timeout=1', 1],
  ['?connect_timeout=30', 30],
  ['?connect_timeout=600', 60],
  ['?connect_timeout=0', 5],
  ['?connect_timeout=soon', 5],
  ['?connect_timeout=Infinity', 5],
])('a URL that ends in %j waits %d seconds for a connection', (end, seconds) => {
  expect(databaseAddress(`postgres://u:p@a/x${end}`)).toMatchObject({ connectSeconds: seconds });
});

test.each([
  ['sslnegotiation=direct', { mode: 'require', direct: true }],
  ['sslnegotiation=direct&sslmode=disable', { mode: 'require', direct: true }],
  ['sslnegotiation=direct&sslmode=verify-ca', { mode: 'verify-ca', direct: true }],
  ['sslnegotiation=postgres', { mode: 'prefer', direct: false }],
  ['channel_binding=prefer', { mode: 'prefer' }],
  ['sslmode=no-verify', { mode: 'require' }],
  ['sslmode=allow', { mode: 'prefer' }],
  ['sslcert=/c&sslkey=/k&sslpassword=p', { cert: '/c', key: '/k', keyPassword: 'p' }],
])('TLS with %s', (params, tls) => {
  expect(databaseAddress(`postgres://u:p@a/x?${params}`)).toMatchObject({ tls });
});

test.each([
  ['pgbouncer=yes', true],
  ['pgbouncer=ON', true],
  ['pgbouncer=1', true],
  ['pgbouncer=false', false],
  ['pgbouncer=untrue', false],
  ['pgbouncer=10', false],
])('with %s there is a pooler: %p', (params, pooled) => {
  expect(databaseAddress(`postgres://u:p@a/x?${params}`)).toMatchObject({ pooled });
});

test.each([
  ['postgres:///x', /lacks a host: name one, or the folder of a Unix socket/],
  ['postgres://u:p@a:0/x', /port is not from 1/],
  ['postgres://u:p@a:65536/x', /port is not from 1/],
  ['postgres://u:p@a/x?port=0', /port is not from 1/],
  ['postgres://u:p@a/x?port=65536', /port is not from 1/],
  ['postgres://u:p@a/x?port=1.5', /port is not from 1/],
  ['postgres://u:p@a/x?host=b,', /lacks a host/],
  ['postgres://u:p@a/x?sslcert=/c', /has sslcert without sslkey/],
  ['postgres://u:p@a/x?sslkey=/k', /has sslkey without sslcert/],
  ['postgres://u:p@a:b/x', /port is no number/],
  ['postgres://u:p@::1/x', /IPv6 address lacks its \[ \]/],
  ['postgres://u:p@[::1/x', /port is no number|IPv6/],
  ['postgres://u:p@[localhost]/x', /no IPv6 address/],
  [
    'postgres://u:p@a/x?sslmode=on',
    /sslmode is none of disable, allow, prefer, require, verify-ca, verify-full/,
  ],
  ['postgres://u:p@a/x?target_session_attrs=master', /none of any, read-write/],
  ['postgres://u:p@a/x?pgbouncer=true&schema=bars', /ALTER ROLE/],
  ['postgres://u:p@a/x?sslmode=disable&channel_binding=require', /no TLS/],
  ['postgres://u:p/w@a/x', /@ or # after the host/],
])('%s is refused', (url, problem) => {
  expect(databaseAddress(url)).toMatch(problem);
});
