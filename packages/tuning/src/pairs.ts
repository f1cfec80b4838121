import {
  listSymbols,
  planRun,
  plannedStrategies,
  refreshStrategies,
  type Config,
  type Database,
  type Pair,
} from '@ml-training/core';

type Settings = Pick<Config, 'MIN_TRAINING_DATA_POINTS' | 'TRAINING_STRATEGIES' | 'TRAINING_SYMBOLS'>;

/** The pairs that a run would train now. @param strategy of one strategy alone */
export async function pairsToTune(sql: Database, config: Settings, strategy?: string): Promise<Pair[]> {
  await refreshStrategies(sql);
  const least = config.MIN_TRAINING_DATA_POINTS;
  const known = await listSymbols(sql, { upTo: least });
  const bars = new Map(known.map((row) => [row.symbol, row.bars]));
  const strategies = strategy === undefined ? plannedStrategies(config) : [strategy];
  return planRun(strategies, config.TRAINING_SYMBOLS, bars, least).pairs;
}
