import { FleetError } from '../errors.ts';
import { errorFacts } from '../log.ts';

const settings = 'POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB, or DATABASE_URL';

/**
 * What to do about an error of PostgreSQL's that doesn't pass by waiting, by SQLSTATE; a class is its first
 * two characters.
 */
const remedies: Readonly<Record<string, string>> = {
  '28P01':
    `user or password is wrong: correct ${settings}. (A container of PostgreSQL keeps the password of ` +
    'its first start; docs/operations.md says how to change it.)',
  '28':
    `PostgreSQL doesn't let this user in: correct ${settings}, or allow it in the server's pg_hba.conf; where that ` +
    "asks for a certificate, name one of this user's in sslcert and sslkey of DATABASE_URL",
  '3D': `there is no such database: make it (createdb NAME), or correct ${settings}`,
  '3F':
    'the schema that DATABASE_URL names (?schema= or search_path) is not there: CREATE SCHEMA it, or correct ' +
    'the name',
  '42704':
    'PostgreSQL does not know what DATABASE_URL sets: take that parameter out of it. (docs/operations.md ' +
    'says which are understood.)',
  '08P01':
    'the server refuses what DATABASE_URL sets for each session: take that parameter out of it. (PgBouncer ' +
    'knows no search_path and the like: run ALTER ROLE the user SET … instead.)',
  '42501':
    "the user lacks a right: let the database's owner run GRANT CREATE, USAGE ON SCHEMA public TO " +
    "that user and, for TimescaleDB, CREATE EXTENSION timescaledb; and give it the fleet's tables " +
    'where another user made them',
  '42':
    `what this database holds is not what the fleet expects: name another database (${settings}), or ` +
    'rename what is in the way',
  '0A': 'this PostgreSQL lacks what the fleet needs: use version 14 or later',
};

/** With TLS 1.3 a server says after the handshake that it doesn't take the client's certificate. */
const refusedCertificate =
  /^ERR_SSL_.*ALERT.*_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_(EXPIRED|REVOKED|UNKNOWN))$/;
const aCertificate =
  'PostgreSQL does not take the certificate of sslcert in DATABASE_URL: name one that is valid and of the authority in ' +
  "its ssl_ca_file, or correct that on the server's side";

/** What to do about an error of PostgreSQL's that waiting can't mend; null for one that may pass. */
export function remedyOf(error: unknown): string | null {
  // By shape: what Node's own TLS throws may be of another realm.
  for (let cause = error; isFailure(cause); cause = cause.cause) {
    const code = typeof cause.code === 'string' ? cause.code : '';
    if (refusedCertificate.test(code)) return aCertificate;
    // SQLSTATEs have five characters; ENOTFOUND and the like have others.
    const remedy = code.length === 5 ? (remedies[code] ?? remedies[code.slice(0, 2)]) : undefined;
    if (remedy !== undefined) return remedy;
  }
  return null;
}

const isFailure = (error: unknown): error is { readonly code?: unknown; readonly cause?: unknown } =>
  typeof error === 'object' && error !== null && 'message' in error;

/**
 * An error of a server's that waiting can't mend, with what to do about it, in words; null for one that may
 * pass: a server that starts, restarts, is full or can't be reached.
 */
export function lastingFault(error: unknown): string | null {
  if (error instanceof FleetError && (error.code === 'DATABASE_UNFIT' || error.code === 'REDIS_UNFIT'))
    return error.message;
  const remedy = remedyOf(error);
  return remedy === null ? null : `${errorFacts(error).error}: ${remedy}`;
}
