// TLS as psql speaks it: what is asked of the server, what is checked of its certificate, and what to say.
import { readFileSync } from 'node:fs';
import { isIP, type Socket } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { checkServerIdentity, connect, getCACertificates, type ConnectionOptions } from 'node:tls';
import { withDeadline } from '../deadline.ts';
import { FleetError } from '../errors.ts';
import { isErrno } from '../errno.ts';
import type { TlsSettings } from './address.ts';

/** Asks PostgreSQL for TLS; its answer is one byte. */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/**
 * Puts TLS on a socket that connects, as far as `tls` asks for it.
 * @throws FleetError DATABASE_UNFIT where the server has none, or shows another certificate than it must; an error
 *   of the operating system's where it can't be reached, or falls silent
 */
export async function secured(raw: Socket, host: string, tls: TlsSettings, ms: number): Promise<Socket> {
  const options = connectionOptions(raw, host, tls);
  const { promise: failed, reject } = Promise.withResolvers<never>();
  const onError = (error: Error): void => reject(error);
  const onClose = (): void =>
    reject(Object.assign(new Error('PostgreSQL closed the connection'), { code: 'ECONNRESET' }));
  raw.once('error', onError).once('close', onClose);
  // Whoever came first is thrown below.
  failed.catch(() => undefined);
  try {
    const work = async (): Promise<Socket> => {
      if (!tls.direct) {
        raw.write(sslRequest);
        const answer = await firstByte(raw);
        if (answer !== 'S') {
          if (tls.mode === 'prefer') return raw;
          throw unfit(
            `PostgreSQL at ${host} has no TLS (it answers ${JSON.stringify(answer)}), but sslmode=${tls.mode} asks ` +
              'for it: set ssl = on in its postgresql.conf, or write sslmode=disable where nobody can listen',
          );
        }
      }
      const socket = await handshake(options);
      if (options.cert !== undefined) explainReset(socket, raw, tls);
      return socket;
    };
    return await withDeadline(Promise.race([work(), failed]), ms, `TLS with PostgreSQL at ${host}`);
  } catch (error) {
    raw.destroy();
    throw inWords(error, host, tls);
  } finally {
    raw.off('error', onError).off('close', onClose);
  }
}

function firstByte(raw: Socket): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  raw.once('data', (chunk: Buffer) => resolve(String.fromCharCode(chunk[0] ?? 0)));
  return promise;
}

function handshake(options: ConnectionOptions): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect(options);
  socket.once('error', reject);
  socket.once('secureConnect', () => {
    socket.off('error', reject);
    resolve(socket);
  });
  return promise;
}

/**
 * With TLS 1.3 a server looks at the client's certificate after the handshake. Where it doesn't take it, it says so and
 * is gone, and a write that meets the closed connection fails before its words are read.
 */
function explainReset(socket: Socket, raw: Socket, { cert }: TlsSettings): void {
  const heard = raw.bytesRead;
  socket.prependListener('error', (error: Error) => {
    if (raw.bytesRead === heard)
      error.message += ` (PostgreSQL ended the connection at once, as where it doesn't take the certificate of sslcert in DATABASE_URL, ${cert!})`;
  });
}

function connectionOptions(socket: Socket, host: string, tls: TlsSettings): ConnectionOptions {
  const { rootCert, cert, key, keyPassword, direct } = tls;
  const own = path.join(homedir(), '.postgresql');
  // As psql: a file of root certificates that is there is used, and then `require` checks by it, too.
  const file = rootCert ?? present(path.join(own, 'root.crt'));
  const checks = tls.mode.startsWith('verify') || (tls.mode === 'require' && file !== undefined);
  const ca =
    !checks || file === undefined ? undefined : file === 'system' ? systemRoots() : read(file, 'sslrootcert');
  return {
    socket,
    host,
    ...(isIP(host) === 0 && !host.startsWith('/') ? { servername: host } : {}),
    ...(direct ? { ALPNProtocols: ['postgresql'] } : {}),
    rejectUnauthorized: checks,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert: read(cert, 'sslcert') }),
    ...(key === undefined ? {} : { key: read(key, 'sslkey') }),
    ...(keyPassword === undefined ? {} : { passphrase: keyPassword }),
    checkServerIdentity: (name, certificate) =>
      tls.mode === 'verify-full' ? checkServerIdentity(host || name, certificate) : undefined,
  };
}

const systemRoots = (): string[] => [...getCACertificates('default'), ...getCACertificates('system')];

function present(file: string): string | undefined {
  try {
    readFileSync(file);
    return file;
  } catch {
    return undefined;
  }
}

function read(file: string, parameter: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const why = isErrno(error, 'ENOENT') ? 'is not there' : `can't be read: ${String(error)}`;
    throw unfit(`the file of ${parameter} in DATABASE_URL, ${file}, ${why}: correct its path`);
  }
}

const unfit = (message: string, cause?: unknown): FleetError =>
  new FleetError('DATABASE_UNFIT', message, cause === undefined ? undefined : { cause });

/** OpenSSL's codes of a chain that leads to nobody who is trusted. */
const untrusted =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?))$/;

/** OpenSSL's codes of a key that no password, or a wrong one, was given for. */
const lockedKey =
  /^ERR_(OSSL_)?(BAD_DECRYPT|(EVP|PEM|PROV)?_?BAD_(DECRYPT|PASSWORD_READ)|MISSING_PASSPHRASE)$/;

const isFailure = (error: unknown): error is { readonly message: string; readonly code?: string } =>
  typeof error === 'object' && error !== null && 'message' in error;

function inWords(
  error: unknown,
  host: string,
  { mode, rootCert, cert, key, keyPassword }: TlsSettings,
): unknown {
  // By shape: what Node's own TLS throws may be of another realm.
  if (error instanceof FleetError || !isFailure(error)) return error;
  const { code = '' } = error;
  const asked = `sslmode=${mode}`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return unfit(
      `the certificate of PostgreSQL at ${host} is for another name (${error.message}): write the host as the ` +
        `certificate has it, or sslmode=verify-ca, which doesn't look at the name`,
      error,
    );
  if (untrusted.test(code))
    return unfit(
      `the certificate of PostgreSQL at ${host} is of nobody that is trusted (${error.message}), and ${asked} ` +
        `checks it: ${rootCert === undefined ? 'name the file of its root certificate' : 'correct the file'} in ` +
        'sslrootcert, or write sslmode=require (and no channel_binding=require), which trusts anybody',
      error,
    );
  if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH')
    return unfit(
      `the key of sslkey in DATABASE_URL, ${key!}, is not that of sslcert, ${cert!}: name its own`,
      error,
    );
  if (lockedKey.test(code))
    return unfit(
      keyPassword === undefined
        ? `the key of sslkey in DATABASE_URL, ${key!}, has a password: name it in sslpassword`
        : `the password in sslpassword of DATABASE_URL does not open the key of sslkey, ${key!}: correct it`,
      error,
    );
  if (/^CERT_|^ERR_(SSL|OSSL|TLS)/.test(code))
    return unfit(`TLS with PostgreSQL at ${host} fails (${asked}): ${error.message}`, error);
  // Else its deadline is over.
  return code === '' ? Object.assign(error, { code: 'ETIMEDOUT' }) : error;
}
