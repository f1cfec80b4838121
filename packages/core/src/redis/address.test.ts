import { expect, test } from '@jest/globals';
import { redisAddress } from './address.ts';

test.each([
  ['redis://r', { host: 'r', port: 6379, db: 0 }],
  ['redis://:p%40w@r:1/3', { host: 'r', port: 1, db: 3, password: 'p@w' }],
  ['redis://u:p@r/', { username: 'u', password: 'p', db: 0 }],
  ['redis://[::1]:6380/0', { host: '::1', port: 6380 }],
  ['REDIS://r:65535', { host: 'r', port: 65_535 }],
  ['redis://r/15', { db: 15 }],
  ['redis://r/15/', { db: 15 }],
  ['redis://r?username=u&password=p', { username: 'u', password: 'p' }],
  ['redis://r?db=2', { db: 2 }],
  ['rediss://default:p@eu1-x.upstash.io:6379', { host: 'eu1-x.upstash.io', tls: {} }],
  ['rediss://:p@r:6380/0?ssl_cert_reqs=none', { tls: { rejectUnauthorized: false } }],
  ['rediss://r?ssl_cert_reqs=required', { tls: {} }],
  ['rediss://r?ssl_cert_reqs=CERT_NONE', { tls: { rejectUnauthorized: false } }],
  ['rediss://r?ssl_cert_reqs=not-none', { tls: {} }],
  ['unix:///run/redis/redis.sock', { path: '/run/redis/redis.sock', db: 0 }],
  ['unix://:p@/run/redis.sock?db=4', { path: '/run/redis.sock', db: 4, password: 'p' }],
  [
    'redis+sentinel://:p@a:1,b,[::1]:3/mymaster/2?sentinel_password=q&sentinel_username=s',
    {
      sentinels: [
        { host: 'a', port: 1 },
        { host: 'b', port: 26_379 },
        { host: '::1', port: 3 },
      ],
      name: 'mymaster',
      db: 2,
      password: 'p',
      sentinelPassword: 'q',
      sentinelUsername: 's',
      role: 'master',
    },
  ],
  ['rediss+sentinel://a/m', { name: 'm', tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }],
])('%s', (url, expected) => {
  const address = redisAddress(url);
  expect(address).toMatchObject(expected);
  if (typeof address !== 'string' && 'tls' in expected) expect(address.tls).toEqual(expected.tls);
});

test.each([
  [
    'redis://r/main',
    /"main" after its host is no database of Redis's, which are numbers.*redis\+sentinel.*\/main\/0/,
  ],
  ['redis://a:1,b:2/0', /has 2 hosts: the queue needs one Redis.*a cluster spreads its keys/],
  ['redis+cluster://a:1', /a cluster spreads its keys over servers/],
  ['redis+sentinel://a:1', /lacks the name/],
  ['redis+sentinel://a:1/m/x', /no database of Redis's/],
  ['redis://', /lacks a host/],
  ['redis://r:65536', /port is not from 1/],
  ['redis://r/123456', /no database of Redis's/],
  ['redis+sentinel://a:1/m/0/1', /lacks the name/],
  ['unix://host/run/redis.sock', /no host/],
  ['rediss://r?ssl_ca_certs=/none.pem', /ssl_ca_certs can't be read/],
])('%s is refused', (url, problem) => {
  expect(redisAddress(url)).toMatch(problem);
});
