// Certificates of a test's own, and a PostgreSQL that shows one.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startPrivatePostgres, type PrivateServers } from '@ml-training/testing';
import { connectDatabase } from '../src/index.ts';

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** Certificates in a folder: each is NAME.crt with its key NAME.key. */
export function certificatesIn(folder: string) {
  const run = (...args: readonly string[]): void => {
    const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  return {
    file: (of: string): string => path.join(folder, of),
    /** One that signs others. */
    authority: (name: string): void =>
      run(
        ...['req', '-x509', ...key, '-nodes', '-days', '2', '-subj', `/CN=${name}`],
        ...['-keyout', `${name}.key`, '-out', `${name}.crt`],
      ),
    /**
     * @param of whom it is, and by whom it is signed
     * @param password of its key
     */
    signed: (name: string, of: { readonly cn: string; readonly ca: string }, password?: string): void => {
      const kept = password === undefined ? ['-nodes'] : ['-passout', `pass:${password}`];
      writeFileSync(path.join(folder, 'san'), `subjectAltName=DNS:${of.cn}`);
      run(
        ...['req', ...key, ...kept, '-subj', `/CN=${of.cn}`, '-keyout', `${name}.key`, '-out', `${name}.csr`],
      );
      run(
        ...['x509', '-req', '-in', `${name}.csr`, '-CA', `${of.ca}.crt`, '-CAkey', `${of.ca}.key`],
        ...['-CAcreateserial', '-days', '2', '-extfile', 'san', '-out', `${name}.crt`],
      );
    },
  };
}

/**
 * A PostgreSQL of one test's own that shows server.crt of a folder.
 * @param clients whose certificates it trusts, and lines before those of its pg_hba.conf
 */
export async function startTlsPostgres(
  folder: string,
  clients?: { readonly ca: string; readonly hba: readonly string[] },
): Promise<PrivateServers['postgres']> {
  const server = await startPrivatePostgres();
  const admin = connectDatabase(server.url, { applicationName: 'tls', max: 1 });
  const [row] = await admin<[{ data: string }]>`SELECT current_setting('data_directory') AS data`;
  const { uid, gid } = statSync(row.data);
  const inData = (name: string): string => path.join(row.data, name);
  for (const one of ['server.key', 'server.crt', ...(clients === undefined ? [] : [`${clients.ca}.crt`])]) {
    copyFileSync(path.join(folder, one), inData(one));
    chownSync(inData(one), uid, gid);
    chmodSync(inData(one), 0o600);
  }
  if (clients !== undefined) {
    await admin.unsafe(`ALTER SYSTEM SET ssl_ca_file = '${clients.ca}.crt'`);
    const hba = readFileSync(inData('pg_hba.conf'), 'utf8');
    writeFileSync(inData('pg_hba.conf'), [...clients.hba, hba].join('\n'));
  }
  await admin`ALTER SYSTEM SET ssl = on`;
  await admin`SELECT pg_reload_conf()`;
  await admin.end({ timeout: 1 });
  return server;
}
