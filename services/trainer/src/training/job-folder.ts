import { appendFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { barsSha256, type Config, type StrategySettings } from '@ml-training/core';
import type { Bars } from '@ml-training/strategies';
import type { TrainOrder } from '../messages.ts';

/**
 * With ML_TRAINING_DEBUG, MODEL_DIR/.jobs/JOB_ID/attempt-N keeps what a job was given and what came of it:
 * request.json, one CSV of bars a symbol and one of each of its inputs, epochs.jsonl, result.json. Without,
 * null.
 */
export async function openJobFolder(
  config: Config,
  order: TrainOrder,
  params: StrategySettings,
  bars: readonly Bars[],
) {
  if (!config.ML_TRAINING_DEBUG) return null;
  const folder = path.join(config.MODEL_DIR, '.jobs', order.jobId, `attempt-${order.attempt}`);
  await mkdir(folder, { recursive: true });
  const file = (name: string): string => path.join(folder, name);
  const given = bars.map((one) => ({ symbol: one.symbol, bars: one.time.length, sha256: barsSha256(one) }));
  await writeFile(
    file('request.json'),
    JSON.stringify({ ...order, seed: config.TRAINING_SEED, params, given }, null, 2),
  );
  for (const [i, one] of bars.entries()) {
    await writeFile(file(`bars-${i}.csv`), csv(one));
    for (const [k, input] of (one.inputs ?? []).entries())
      await writeFile(file(`bars-${i}-input-${k}.csv`), csv(input));
  }
  return {
    epoch: (step: number, values: Readonly<Record<string, number>>): void => {
      appendFileSync(file('epochs.jsonl'), `${JSON.stringify({ step, ...values })}\n`);
    },
    finish: (result: object) => writeFile(file('result.json'), JSON.stringify(result, null, 2)),
  };
}

function csv(bars: Bars): string {
  const further = Object.entries(bars.columns ?? {});
  const cell = (value: number): number | '' => (Number.isNaN(value) ? '' : value);
  const lines = Array.from(bars.time, (time, i) =>
    [
      new Date(time).toISOString(),
      bars.symbol,
      bars.open[i],
      bars.high[i],
      bars.low[i],
      bars.close[i],
      cell(bars.volume[i]!),
      ...further.map(([, column]) => cell(column[i]!)),
    ].join(','),
  );
  const header = ['time,symbol,open,high,low,close,volume', ...further.map(([name]) => name)].join(',');
  return `${header}\n${lines.join('\n')}\n`;
}
