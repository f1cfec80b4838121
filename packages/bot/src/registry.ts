import {
  activeModel,
  connectDatabase,
  errorFacts,
  FleetError,
  newestLiveScore,
  newestRefused,
  redactUrl,
  withDeadline,
  type Database,
  type LiveScore,
  type RegisteredModel,
} from '@ml-training/core';
import type { Pair } from './watch.ts';

const answerMs = 5000;

/** The model in use, and how it did on the bars since its training; null when nobody knows. */
export interface InUse {
  readonly row: RegisteredModel;
  readonly live: LiveScore | null;
}

/**
 * Asks the registry which model of a pair is in use, over a connection of its own that is closed again: a bot
 * asks once a minute, and a hundred bots that kept theirs would be all that PostgreSQL takes by default.
 * @throws FleetError NO_ACTIVE_MODEL, REGISTRY_UNREACHABLE
 */
export async function askRegistry(databaseUrl: string, pair: Pair): Promise<InUse> {
  const sql = connectDatabase(databaseUrl, { applicationName: 'bot', max: 1, arrays: false });
  let refused: string;
  try {
    const asked = activeModel(sql, pair.strategy, pair.symbol);
    const row = await withDeadline(asked, answerMs, 'asking for the active model');
    if (row !== null) return { row, live: await liveOf(sql, row) };
    const newest = newestRefused(sql, pair.strategy, pair.symbol);
    refused = await withDeadline(newest, answerMs, 'asking why there is none');
  } catch (error) {
    const why = errorFacts(error).error;
    throw new FleetError(
      'REGISTRY_UNREACHABLE',
      `the model registry can't be read at ${redactUrl(databaseUrl)} (DATABASE_URL): ${why}`,
      { cause: error },
    );
  } finally {
    // Not awaited: a connection that hangs is dropped after a second, and nobody needs to wait for that.
    sql.end({ timeout: 1 }).catch(() => undefined);
  }
  throw new FleetError(
    'NO_ACTIVE_MODEL',
    `there is no active model of ${pair.strategy} and ${pair.symbol}: ask for one with "ml train", look at what there is ` +
      `with "ml models --all", or promote one of those with "ml promote MODEL"${refused}`,
  );
}

/** A database that a newer fleet has not migrated yet has none, and answers are worth more than this is. */
const liveOf = (sql: Database, { model_id }: RegisteredModel): Promise<LiveScore | null> =>
  withDeadline(newestLiveScore(sql, model_id), answerMs, 'asking for the live score').catch(() => null);
