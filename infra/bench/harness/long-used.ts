import { connectDatabase, migrate } from '@ml-training/core';
import { seedHistory, startPrivateServers, type History } from '@ml-training/testing';
import { withDashboard } from './dashboard.ts';

type Sql = ReturnType<typeof connectDatabase>;

/**
 * Gives `use` a database that has been in use for long and
 * the address of a dashboard over it; both end with it.
 */
export async function withLongUsed<T>(
  history: History,
  use: (url: string, sql: Sql) => Promise<T>,
  prepare: (sql: Sql) => Promise<void> = () => Promise.resolve(),
): Promise<T> {
  const servers = await startPrivateServers();
  const sql = connectDatabase(servers.postgres.url, {
    applicationName: 'bench',
    max: 2,
    silenceMs: 600_000,
  });
  try {
    await migrate(sql);
    await seedHistory(sql, history);
    await prepare(sql);
    await sql`VACUUM ANALYZE`;
    return await withDashboard(servers, (url) => use(url, sql));
  } finally {
    await sql.end({ timeout: 1 });
    await servers.remove();
  }
}
