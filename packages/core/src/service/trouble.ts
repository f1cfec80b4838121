import postgres from 'postgres';
import { connectDatabase, type Database } from '../database/connect.ts';
import { lastingFault } from '../database/fault.ts';
import { withDeadline } from '../deadline.ts';
import { errorFacts } from '../log.ts';
import { keys } from '../queue/keys.ts';
import type { Redis } from '../redis/connect.ts';

const answerMs = 2000;
/** A look writes every few seconds, or nobody looks any more. */
const probeSeconds = 60;

/** Why a server that the fleet needs is of no use to it now. */
export interface Trouble {
  readonly server: 'PostgreSQL' | 'Redis';
  /** silent: no answer; full: what is there can still be used up; useless: it answers, but not as it must. */
  readonly kind: 'silent' | 'full' | 'useless';
  /** What is wrong, in words that stay the same while it lasts. */
  readonly what: string;
  /** The server's own words, or what to do. */
  readonly more: string;
}

/** What is wrong and what to do about it, in one line. */
export const inWords = ({ what, more }: Trouble): string => `${what}: ${more}`;

/**
 * The connection for looks at PostgreSQL: nothing waits behind a query of the service's, nor piles up where
 * none is answered.
 */
export function connectProbe(url: string, name: string): Database {
  return connectDatabase(url, {
    applicationName: `${name} looks`,
    max: 1,
    arrays: false,
    statementMs: answerMs,
    silenceMs: 3 * answerMs,
  });
}

/**
 * What keeps the fleet from working: each server is asked to take a write, as one that answers may still be
 * read-only, a replica, or full.
 * @param sql of connectProbe()
 * @param name of the asking kind of process, so that the looks of a fleet are few rows and keys
 */
export async function troubles(sql: Database, redis: Redis, name: string): Promise<Trouble[]> {
  const found = await Promise.all([databaseTrouble(sql, name), redisTrouble(redis, name)]);
  return found.filter((trouble) => trouble !== null);
}

/** @returns null when PostgreSQL takes a write */
export async function databaseTrouble(sql: Database, name: string): Promise<Trouble | null> {
  const server = 'PostgreSQL';
  const useless = (what: string, more: string): Trouble => ({ server, kind: 'useless', what, more });
  try {
    await withDeadline(
      sql`
        INSERT INTO ml_training_probes (name, written_at) VALUES (${name}, now())
        ON CONFLICT (name) DO UPDATE SET written_at = excluded.written_at`,
      answerMs,
      server,
    );
    return null;
  } catch (error) {
    const more = errorFacts(error).error;
    const code = error instanceof postgres.PostgresError ? error.code : '';
    switch (code) {
      case '25006':
        return useless('PostgreSQL takes no writes', await whyReadOnly(sql).catch(() => more));
      case '42P01':
        return useless(
          'PostgreSQL lacks tables of the fleet',
          `${more}; any service or ml command makes them`,
        );
      case '53100':
        return useless('PostgreSQL has no room left on its disk', `${more}; free some space there`);
      case '':
      // Its statement_timeout, or it is starting or stopping.
      case '57014':
      case '57P01':
      case '57P02':
      case '57P03':
        return { server, kind: 'silent', what: 'PostgreSQL does not answer', more };
      default:
        return useless('PostgreSQL refuses writes', lastingFault(error) ?? more);
    }
  }
}

async function whyReadOnly(sql: Database): Promise<string> {
  const asked = sql<[{ standby: boolean }]>`SELECT pg_is_in_recovery() AS standby`;
  const [{ standby }] = await withDeadline(asked, answerMs, 'PostgreSQL');
  return standby
    ? 'it is a standby; DATABASE_URL must name the primary'
    : 'default_transaction_read_only is on for this server, database or user; set it off there';
}

const cluster: Trouble = {
  server: 'Redis',
  kind: 'useless',
  what: 'Redis is a cluster',
  more:
    'it spreads the keys of the queue over servers; REDIS_URL must name a Redis of its own ' +
    '(cluster-enabled no)',
};
const sentinel: Trouble = {
  server: 'Redis',
  kind: 'useless',
  what: 'this is a Sentinel, not the Redis that it watches over',
  more: 'write REDIS_URL as redis+sentinel://host1:26379,host2:26379/NAME/0, with the name it knows that by',
};

/** Whether a Redis is one that can't carry the queue, be it well or not: part of a cluster, or a Sentinel. */
export async function clusterTrouble(redis: Redis): Promise<Trouble | null> {
  const info = await withDeadline(redis.info(), answerMs, 'Redis').catch((error: unknown) => {
    // Who may not ask learns it from the first write.
    if (errorFacts(error).error.startsWith('NOPERM')) return '';
    throw error;
  });
  if (/^cluster_enabled:1/m.test(info)) return cluster;
  return /^(?:redis|server)_mode:sentinel/m.test(info) ? sentinel : null;
}

/** @returns null when Redis takes a write, is nobody's replica and no part of a cluster */
export async function redisTrouble(redis: Redis, name: string): Promise<Trouble | null> {
  const server = 'Redis';
  const useless = (what: string, more: string): Trouble => ({ server, kind: 'useless', what, more });
  const reply = <T>(work: Promise<T>): Promise<T> => withDeadline(work, answerMs, server);
  const fact = async (section: string, field: string): Promise<string> => {
    const text = await reply(redis.info(section)).catch((error: unknown) => {
      // Who may not ask still learns from the write.
      if (errorFacts(error).error.startsWith('NOPERM')) return '';
      throw error;
    });
    return new RegExp(`^${field}:(.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  };
  const replica = 'it is a replica; REDIS_URL must name the master';
  try {
    if ((await fact('cluster', 'cluster_enabled')) === '1') return cluster;
    if ((await fact('server', '(?:redis|server)_mode')) === 'sentinel') return sentinel;
    // One with replica-read-only off takes writes, and loses them.
    if ((await fact('replication', 'role')) === 'slave') return useless('Redis takes no writes', replica);
    await reply(redis.set(keys.probe(name), new Date().toISOString(), 'EX', probeSeconds));
    return null;
  } catch (error) {
    const more = errorFacts(error).error;
    switch (/^[A-Z]+(?= )/.exec(more)?.[0]) {
      case 'READONLY':
      case 'MASTERDOWN':
        return useless('Redis takes no writes', replica);
      case 'OOM':
        return {
          server,
          kind: 'full',
          what: 'Redis is at its maxmemory',
          more: 'jobs in the queue are still taken, but none is added; raise maxmemory or delete other keys',
        };
      case 'MOVED':
      case 'CLUSTERDOWN':
        return cluster;
      // Not a reply, or one that says to wait.
      case undefined:
      case 'LOADING':
      case 'BUSY':
        return { server, kind: 'silent', what: 'Redis does not answer', more };
      default:
        return useless('Redis refuses writes', more);
    }
  }
}
