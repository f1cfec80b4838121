import type { StrategyContext } from '@ml-training/core';
import { keepStrategies, type KeptStrategies } from '@ml-training/inference';

let kept: KeptStrategies | null = null;

/** Tells the database of the strategies of STRATEGIES_DIR, now and whenever they change. */
export async function findStrategies({ config, log, sql, stopping }: StrategyContext): Promise<void> {
  kept = await keepStrategies({ sql, log, strategiesDir: config.STRATEGIES_DIR, stopping });
}

/** The same at once, for a name that nobody knows: its folder may have come a moment ago. */
export const lookForStrategies = async (): Promise<void> => kept?.look();
