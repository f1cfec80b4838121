import {
  activeModel,
  ageLimitsOf,
  ALL_SYMBOLS,
  errorFacts,
  liveInWords,
  liveJson,
  newestLiveScore,
  noModelWords,
  readWindow,
  theStrategy,
  type Database,
  type RegisteredModel,
} from '@ml-training/core';
import type { Answer, LoadedModel } from '@ml-training/inference';
import { print, printJson, when } from '../output.ts';
import { withDatabase } from '../servers.ts';

interface Options {
  readonly position?: -1 | 0 | 1;
  readonly json?: true;
}

const held = { [-1]: 'short', 0: 'flat', 1: 'long' } as const;

/** What the model in use says of the newest bars in market_data. */
export async function predict(strategy: string, symbol: string, options: Options): Promise<void> {
  if (symbol === ALL_SYMBOLS)
    throw new Error('name one symbol: also the ensemble, which is trained over all, predicts one at a time');
  await withDatabase(async (sql, config) => {
    await theStrategy(sql, strategy);
    const row = await activeModel(sql, strategy, symbol);
    if (row === null) throw new Error(await noModelWords(sql, strategy, symbol));
    // Not at the top: it brings TensorFlow or LightGBM along.
    const { loadRegistered } = await import('@ml-training/inference');
    const live = await newestLiveScore(sql, row.model_id);
    const known = { limits: ageLimitsOf(config), live: () => live };
    const model = await loadRegistered(config.MODEL_DIR, row, config.STRATEGIES_DIR, known).catch(
      (cause: unknown) => {
        throw new Error(
          `the model in use, ${row.model_id.slice(0, 8)}, can't be loaded: ${errorFacts(cause).error}; ` +
            `"ml rollback ${strategy} ${symbol}" puts the one before it in use`,
          { cause },
        );
      },
    );
    try {
      const answer = await answerOf(sql, model, options.position ?? 0);
      report(row, model, answer, options);
    } finally {
      await model.retire();
    }
  });
}

async function answerOf(sql: Database, model: LoadedModel, position: -1 | 0 | 1): Promise<Answer> {
  const { symbol, window, needs } = model.info;
  const bars = await readWindow(sql, symbol, window, needs);
  const { inputsOf } = await import('@ml-training/inference');
  return model.predict(bars, { position }, { inputs: inputsOf(bars) });
}

function report(row: RegisteredModel, { info }: LoadedModel, answer: Answer, options: Options): void {
  const { barAgeSeconds, modelAgeSeconds, live, staleBecause } = answer;
  if (options.json === true) {
    printJson({
      strategy_type: info.strategy,
      symbol: info.symbol,
      time: answer.time,
      bar_age_seconds: barAgeSeconds,
      probability: answer.probability,
      probabilities: answer.probabilities,
      score: answer.score,
      score_meaning: info.score,
      horizon: info.horizon,
      action: answer.action,
      position: answer.position,
      held: options.position ?? 0,
      model_id: row.model_id,
      file_path: row.file_path,
      model_created_at: row.created_at,
      model_age_seconds: modelAgeSeconds,
      stale: answer.stale,
      stale_because: staleBecause,
      live: live === null ? null : liveJson(live),
    });
    return;
  }
  const [name = '', ...words] = answer.says.split(' ');
  print(
    [
      `${info.strategy} ${info.symbol}`,
      `bar          ${when(answer.time)} UTC, ${duration(barAgeSeconds)} old`,
      `${name.padEnd(13)}${name.length < 13 ? '' : ' '}${words.join(' ')}`,
      `action       ${answer.action}${options.position === undefined ? '' : `, being ${held[options.position]}`}`,
      `model        ${row.model_id}, ${duration(modelAgeSeconds)} old`,
      `file         ${row.file_path}`,
      `live         ${live === null ? 'not scored on bars since its training yet' : liveInWords(live)}`,
      ...staleBecause.map((reason) => `stale        ${reason}`),
    ].join('\n'),
  );
}

/** In the largest unit of which there are two or more: 90 minutes, 3 days. */
function duration(seconds: number): string {
  const units = [
    ['days', 86_400],
    ['hours', 3600],
    ['minutes', 60],
  ] as const;
  for (const [name, size] of units) if (seconds >= 2 * size) return `${Math.floor(seconds / size)} ${name}`;
  return `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;
}
