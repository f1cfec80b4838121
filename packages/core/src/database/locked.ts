const lockWaitMs = 60_000;

/**
 * Statements that change the schema as one message of the simple protocol: PostgreSQL runs it as a single
 * transaction, also when the connection dies, and a pooler on one connection. (No BEGIN: where one of them fails,
 * the session would be left inside.) It holds the lock of all that changes the schema; who waits for another's
 * gives up by itself, as its caller has by then, where the statements may take longer.
 */
export const locked = (
  statements: string,
): string => `SELECT set_config('lock_timeout', '${lockWaitMs}', true);
SELECT pg_advisory_xact_lock(hashtext('ml_training_migrate'));
SELECT set_config('lock_timeout', '0', true);
${statements}`;
