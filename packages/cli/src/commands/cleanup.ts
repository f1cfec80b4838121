import { cleanUp, createLog, freedBytes, type Log, type Removal } from '@ml-training/core';
import { print, printJson, table } from '../output.ts';
import { withDatabase } from '../servers.ts';

/**
 * What is to be deleted by the settings, as the scheduler does once an hour; with --dry-run it is only shown.
 */
export async function cleanup(options: { dryRun?: true; json?: true }): Promise<void> {
  await withDatabase(async (sql, config) => {
    const now = new Date();
    const { log, complaints } = complainingLog();
    const removals: Removal[] = [];
    await cleanUp({ config, log, sql, dryRun: (removal) => removals.push(removal) }, now);
    const bytes = await freedBytes(config, removals);
    if (options.dryRun !== true) await cleanUp({ config, log, sql }, now);
    if (options.json === true)
      printJson({
        dry_run: options.dryRun === true,
        removals: removals.map(({ what, name, why }) => ({ what, name, why })),
        freed_bytes: bytes,
      });
    else if (removals.length === 0) print('Nothing is to be deleted.');
    else {
      print(
        table(
          ['what', 'name', 'why'],
          removals.map(({ what, name, why }) => [what, name, why]),
        ),
      );
      const room = `${(bytes / 1e6).toFixed(1)} MB of files`;
      print(
        options.dryRun === true
          ? `Nothing was deleted: a dry run. It would free ${room}.`
          : `Deleted: ${room}.`,
      );
    }
    for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
    if (complaints.size > 0) process.exitCode = 1;
  });
}

/** What could not be looked at or deleted, a line each; what was deleted is in the table. */
function complainingLog(): { log: Log; complaints: ReadonlySet<string> } {
  const log = createLog({ LOG_LEVEL: 'WARN', LOG_FORMAT: 'json' }, 'ml', 'cleanup');
  for (const transport of log.transports) transport.silent = true;
  const complaints = new Set<string>();
  log.on('data', ({ message, duty, file, place, error }: Record<string, string | undefined>) =>
    complaints.add([message, duty ?? file ?? place, error].filter((part) => part !== undefined).join(': ')),
  );
  return { log, complaints };
}
