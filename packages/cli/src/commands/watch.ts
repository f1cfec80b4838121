import { showLive } from '../live/live.ts';
import { withServers } from '../servers.ts';

/** The live view of a running fleet, wherever it runs, until Ctrl-C; the fleet goes on. */
export async function watch(options: { json?: true }): Promise<void> {
  const asked = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => asked.abort());
  await withServers(({ config, sql, redis }) =>
    showLive({ config, sql, redis }, asked.signal, {
      keys: 'Ctrl-C leaves; the fleet goes on',
      json: options.json === true,
    }),
  );
}
