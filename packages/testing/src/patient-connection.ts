import postgres from 'postgres';

/**
 * One connection to PostgreSQL, for what a test holds while others work, as a lock. Those of connectDatabase end
 * themselves where nothing is said for a minute, which a busy machine may take. End it after use.
 */
export const patientConnection = (url: string): postgres.Sql =>
  postgres(url, { max: 1, max_lifetime: null, fetch_types: false, onnotice: () => undefined });
