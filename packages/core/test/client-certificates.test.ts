// A PostgreSQL that lets in who shows a certificate: ?sslcert= and ?sslkey=, as psql has them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until, type PrivateServers } from '@ml-training/testing';
import { connectDatabase, lastingFault } from '../src/index.ts';
import { certificatesIn, hasOpenssl, startTlsPostgres } from './tls.ts';

const skipped = hasOpenssl ? '' : ' (skipped: there is no openssl)';
(hasOpenssl ? describe : describe.skip)(`a client's certificate${skipped}`, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'client-'));
  const { authority, signed, file } = certificatesIn(folder);
  let server: PrivateServers['postgres'];
  beforeAll(async () => {
    authority('ca');
    authority('other');
    signed('server', { cn: 'localhost', ca: 'ca' });
    signed('bot', { cn: 'bot', ca: 'ca' });
    signed('locked', { cn: 'bot', ca: 'ca' }, 'secret word');
    signed('stranger', { cn: 'bot', ca: 'other' });
    signed('somebody', { cn: 'somebody', ca: 'ca' });
    server = await startTlsPostgres(folder, {
      ca: 'ca',
      hba: ['hostssl all bot all cert', 'hostnossl all bot all reject'],
    });
    const admin = connectDatabase(server.url, { applicationName: 'test', max: 1 });
    await admin`CREATE ROLE bot LOGIN`;
    await admin.end({ timeout: 1 });
    await until(() => who(''), { what: 'TLS' });
  });
  afterAll(async () => {
    await server.remove();
    rmSync(folder, { recursive: true });
  });

  const trusted = `sslmode=verify-full&sslrootcert=${file('ca.crt')}`;
  const of = (name: string): string => `&sslcert=${file(`${name}.crt`)}&sslkey=${file(`${name}.key`)}`;
  /** As whom the server knows who shows bot.crt. */
  async function who(query: string, shown = of('bot')): Promise<{ user: string; dn: string | null }> {
    const url = `postgres://bot@localhost:${server.port}/tradebot?${trusted}${shown}${query}`;
    const sql = connectDatabase(url, { applicationName: 'test', max: 1 });
    try {
      const [row] = await sql<[{ user: string; dn: string | null }]>`
        SELECT current_user::text AS user, client_dn AS dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()`;
      return row;
    } finally {
      await sql.end({ timeout: 1 });
    }
  }
  const failure = (shown: string): Promise<string> =>
    who('', shown).then(
      () => 'it did not fail',
      (error: unknown) => lastingFault(error) ?? `not lasting: ${String(error)}`,
    );

  test('lets its user in, without a password; its key may have one', async () => {
    expect(await who('')).toEqual({ user: 'bot', dn: '/CN=bot' });
    expect(await who('&sslpassword=secret%20word', of('locked'))).toEqual({ user: 'bot', dn: '/CN=bot' });
  });

  test.each([
    ['none', '', /valid client certificate.*sslcert and sslkey/],
    ['that of another user', of('somebody'), /certificate authentication failed.*sslcert and sslkey/],
    // Its words reach us, or the write that meets the closed connection fails first.
    ['one of another authority', of('stranger'), /take the certificate of sslcert in DATABASE_URL/],
    ['one without its key', `&sslcert=${file('bot.crt')}`, /sslcert without sslkey/],
    ['a key without one', `&sslkey=${file('bot.key')}`, /sslkey without sslcert/],
    [
      'the key of another',
      `&sslcert=${file('bot.crt')}&sslkey=${file('somebody.key')}`,
      /sslkey .*is not that of sslcert/,
    ],
    ['a key that is locked', of('locked'), /sslkey .*has a password: name it in sslpassword/],
    ['one that is not there', of('missing'), /the file of sslcert in DATABASE_URL, .* is not there/],
  ])('with %s it is refused in words', async (_, shown, words) => {
    expect(await failure(shown)).toMatch(words);
  });
});
