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
  type Config,
  type Database,
  type RegisteredModel,
} from '@ml-training/core';
import type { Answer, Explanation, LoadedModel } from '@ml-training/inference';
import { print, printJson, table, when } from '../output.ts';
import { withDatabase } from '../servers.ts';

interface Options {
  readonly position?: -1 | 0 | 1;
  readonly explain?: true;
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
    // Not at the top: it brings LightGBM or OpenBLAS along.
    const { loadRegistered } = await import('@ml-training/inference');
    const live = await newestLiveScore(sql, row.model_id);
    const known = { limits: ageLimitsOf(config), live: () => live };
    const model = await loadRegistered(config, row, config.STRATEGIES_DIR, known).catch((cause: unknown) => {
      throw new Error(
        `the model in use, ${row.model_id.slice(0, 8)}, can't be loaded: ${errorFacts(cause).error}; ` +
          `"ml rollback ${strategy} ${symbol}" puts the one before it in use`,
        { cause },
      );
    });
    try {
      const answer = await answerOf({ sql, config }, model, options);
      report(row, model, answer, options);
    } finally {
      await model.retire();
    }
  });
}

type Explained = Answer & { readonly explanation: Explanation | null };

async function answerOf(
  { sql, config }: { readonly sql: Database; readonly config: Config },
  model: LoadedModel,
  { position = 0, explain }: Options,
): Promise<Explained> {
  const { symbol, window, needs } = model.info;
  const bars = await readWindow(sql, symbol, window, config, needs);
  const { inputsOf } = await import('@ml-training/inference');
  const asked = [bars, { position }, { inputs: inputsOf(bars) }] as const;
  return {
    ...(await model.predict(...asked)),
    explanation: explain === true ? await model.explain(...asked) : null,
  };
}

function report(row: RegisteredModel, { info }: LoadedModel, answer: Explained, options: Options): void {
  const { barAgeSeconds, modelAgeSeconds, live, staleBecause, explanation } = answer;
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
      explanation,
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
      ...(explanation === null ? [] : ['', ...explanationLines(explanation)]),
    ].join('\n'),
  );
}

/** A table of the features, the largest first, between what there is without any and what they come to. */
function explanationLines({ kind, of, total, base, features }: Explanation): string[] {
  const shown = (value: number): string => (of === 'value' ? value.toPrecision(3) : value.toFixed(4));
  const signed = (value: number): string => `${value < 0 ? '' : '+'}${shown(value)}`;
  const exact = kind === 'contributions';
  const rows = features.map(({ name, value, contribution }) => [
    name,
    String(Number(value.toPrecision(4))),
    signed(contribution),
  ]);
  return [
    exact
      ? `Why: what each feature adds to ${words[of]}`
      : `Why: how ${words[of]} would be less with a feature at its mean of the training, one at a time (occlusion)`,
    table(
      ['feature', 'value', exact ? 'adds' : 'changes'],
      [
        ...(base === null ? [] : [['(without any)', '', signed(base)]]),
        ...rows,
        [exact ? '(together)' : '(as it is)', '', signed(total)],
      ],
    ),
  ];
}

const words: Readonly<Record<Explanation['of'], string>> = {
  log_odds: 'the log odds',
  value: 'the expected label',
  expected_position: 'the position to be expected',
  preference: 'the preference for long',
};

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
