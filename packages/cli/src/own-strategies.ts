import { existsSync, readdirSync } from 'node:fs';
import type { Config, Database } from '@ml-training/core';

/** Names of what lies in STRATEGIES_DIR, be they strategies or not. */
export const ownFolders = ({ STRATEGIES_DIR }: Pick<Config, 'STRATEGIES_DIR'>): string[] =>
  existsSync(STRATEGIES_DIR)
    ? readdirSync(STRATEGIES_DIR, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
        .map(({ name }) => name)
    : [];

/**
 * Tells the database of STRATEGIES_DIR before something is asked for, where there is anything in it: no trainer
 * may have looked since. Where the folder isn't here, as on another machine, what trainers told holds.
 */
export async function recordOwn({ config, sql }: { config: Config; sql: Database }): Promise<void> {
  if (ownFolders(config).length === 0) return;
  const { recordFolder } = await import('@ml-training/inference');
  await recordFolder(sql, config.STRATEGIES_DIR);
}
