import { listModels, type RegisteredModel } from '@ml-training/core';
import { print, printJson, fixed, table, when } from '../output.ts';
import { withDatabase } from '../servers.ts';

interface Options {
  readonly all?: true;
  readonly decisions?: true;
  readonly limit: number;
  readonly json?: true;
}

export async function showModels(options: Options): Promise<void> {
  await withDatabase(async (sql) => {
    const models = await listModels(sql, { active: options.all !== true, limit: options.limit });
    if (options.json === true)
      printJson(models.map((model) => ({ ...model, size_bytes: Number(model.size_bytes) })));
    else if (models.length === 0)
      print(
        options.all === true
          ? 'No models. "ml train" asks for some.'
          : 'No model is in use. "ml train" asks for some, "ml models --all" shows the others.',
      );
    else print(options.decisions === true ? decisionTable(models) : modelTable(models));
  });
}

function decisionTable(models: readonly RegisteredModel[]): string {
  return table(
    ['created (UTC)', 'strategy', 'symbol', 'decision'],
    models.map((model) => [when(model.created_at), model.strategy_type, model.symbol, model.decision]),
  );
}

function modelTable(models: readonly RegisteredModel[]): string {
  return table(
    [
      'model',
      'strategy',
      'symbol',
      'active',
      'created (UTC)',
      'accuracy',
      'baseline',
      'auc',
      'sharpe',
      'kB',
      'file',
    ],
    models.map((model) => [
      model.model_id.slice(0, 8),
      model.strategy_type,
      model.symbol,
      model.is_active ? 'yes' : 'no',
      when(model.created_at),
      fixed(model.metrics['accuracy']),
      fixed(majorityAccuracy(model)),
      fixed(model.metrics['auc']),
      fixed(model.metrics['sharpe'], 2),
      Math.round(Number(model.size_bytes) / 1000),
      model.file_path,
    ]),
  );
}

/** Holdout accuracy of always saying what was more frequent in training. */
export function majorityAccuracy(model: RegisteredModel): unknown {
  // The trainer writes metrics.baselines; older rows may lack it.
  const baselines = model.metrics['baselines'] as { majority_class?: { accuracy?: number } } | undefined;
  return baselines?.majority_class?.accuracy;
}
