import {
  champions,
  fittedInWords,
  listModels,
  liveInWords,
  liveJson,
  liveStates,
  newestBars,
  refreshStrategies,
  sharersOf,
  usualScore,
  type Database,
  type LiveState,
  type RegisteredModel,
} from '@ml-training/core';
import { age, print, printJson, fixed, table, when } from '../output.ts';
import { withDatabase } from '../servers.ts';
import { wrap } from '../wrap.ts';

interface Options {
  readonly all?: true;
  readonly decisions?: true;
  readonly limit: number;
  readonly json?: true;
}

/** What `ml models` does: lists, or with a verb. */
export async function models(
  verb: 'pull' | undefined,
  folder: string | undefined,
  options: Options,
): Promise<void> {
  if (verb === undefined) await showModels(options);
  else await (await import('./models-pull.ts')).pull(folder, options);
}

async function showModels(options: Options): Promise<void> {
  await withDatabase(async (sql) => {
    const models = await listModels(sql, { active: options.all !== true, limit: options.limit });
    const symbols = [...new Set(models.map((model) => model.symbol))];
    const ids = models.map(({ model_id }) => model_id);
    const [newest, now, sharers, states] = await Promise.all([
      newestBars(sql, symbols),
      databaseNow(sql),
      sharersOf(sql, models),
      liveStates(sql, ids),
    ]);
    const stateOf = ({ model_id }: RegisteredModel): LiveState | null => states.get(model_id) ?? null;
    if (options.json === true)
      printJson(
        models.map((model) => {
          const { live = null, problem = null } = stateOf(model) ?? {};
          return {
            ...model,
            size_bytes: Number(model.size_bytes),
            shared_by: sharers(model),
            newest_bar: newest.get(model.symbol) ?? null,
            live: live === null ? null : liveJson(live),
            live_problem: problem,
          };
        }),
      );
    else if (models.length === 0)
      print(
        options.all === true
          ? 'No models. "ml train" asks for some.'
          : 'No model is in use. "ml train" asks for some, "ml models --all" shows the others.',
      );
    else {
      print(
        options.decisions === true
          ? decisions(models, stateOf)
          : modelTable(models, {
              barAge: ({ symbol }) => age(newest.get(symbol), now),
              sharers,
              stateOf,
            }),
      );
    }
    if (options.json !== true && options.all !== true)
      for (const line of await belowFloor(sql)) print(wrap(line, width));
  });
}

/** Pairs that have no model in use as none passed its floor yet, in a line; none where there are none. */
export async function belowFloor(sql: Database): Promise<string[]> {
  await refreshStrategies(sql);
  const found = (await champions(sql)).filter((pair) => pair.model_id === null && pair.newest_below_floor);
  if (found.length === 0) return [];
  const shown = found.slice(0, maxShown).map(({ strategy_type, symbol }) => `${strategy_type} ${symbol}`);
  const more = found.length > shown.length ? ` and ${found.length - shown.length} more` : '';
  return [
    `No model in use, as none passed the floor yet (MODEL_FLOOR): ${shown.join(', ')}${more}. ` +
      'Each was worse than knowing nothing: "ml models --all --decisions"',
  ];
}

const maxShown = 10;

async function databaseNow(sql: Database): Promise<Date> {
  const [row] = await sql<[{ now: Date }]>`SELECT now()`;
  return row.now;
}

/** For people, on a terminal of the usual width. */
const width = 80;

type StateOf = (model: RegisteredModel) => LiveState | null;

function decisions(models: readonly RegisteredModel[], stateOf: StateOf): string {
  const blocks = models.map((model) => {
    const use = model.is_active ? ', in use' : '';
    const head = `${model.model_id.slice(0, 8)}  ${model.strategy_type} ${model.symbol}  ${when(model.created_at)}${use}`;
    const scores = scoreLine(model);
    const fitted = fittedInWords(model);
    const texts = [
      ...(scores === '' ? [] : [scores]),
      model.decision,
      ...(fitted === null ? [] : [`It was ${fitted}.`]),
      ...liveLines(stateOf(model)),
    ];
    const lines = texts.map((text) => wrap(text, width, '  '));
    return [head, ...lines].join('\n');
  });
  return blocks.join('\n\n');
}

/** How it does on the bars since its training, and why nobody knows. */
const liveLines = (state: LiveState | null): string[] => [
  ...(state?.live == null ? [] : [`Live: ${liveInWords(state.live)}.`]),
  ...(state?.problem == null ? [] : [`Not scored on new bars: ${state.problem}.`]),
];

/** In a word or two: so many bars since its training, and how they compare with the naive rule. */
function liveWord(state: LiveState | null): string {
  if (state?.problem != null) return 'not scored';
  if (state?.live == null) return 'not yet';
  const { rows, verdict } = state.live;
  return verdict === 'too_few' ? `${rows} bars` : `${verdict}, ${rows} bars`;
}

/** accuracy 0.53 (0.46–0.60), baseline 0.50, … of what the model's metrics have. */
function scoreLine(model: RegisteredModel): string {
  const { metrics } = model;
  const scores: (readonly [string, string | null])[] = [
    ...(isJudgedByReturn(model)
      ? [['return', withInterval(metrics, 'return')] as const]
      : ([
          ['accuracy', withInterval(metrics, 'accuracy')],
          ['baseline', fixed(majorityAccuracy(model), 2)],
          ['auc', withInterval(metrics, 'auc')],
        ] as const)),
    ['rank ic', withInterval(metrics, 'rank_ic')],
    ['r2', fixed(metrics['r2'], 4)],
    ['sharpe', sharpeOf(metrics, withInterval(metrics, 'sharpe'))],
    ['deflated sharpe', deflated(metrics)],
    ['over its floor', overFloor(model)],
    ['edge', edgeOf(model)],
  ];
  return scores.flatMap(([name, value]) => (value === null ? [] : [`${name} ${value}`])).join(', ');
}

/** A score, and its 95 % interval where there is one. */
function withInterval(metrics: RegisteredModel['metrics'], name: string): string | null {
  const score = fixed(metrics[name], 2);
  // The trainer writes metrics.intervals; older rows lack it.
  const intervals = metrics['intervals'] as Record<string, { low?: unknown; high?: unknown }> | undefined;
  const { low, high } = intervals?.[name] ?? {};
  const [from, to] = [fixed(low, 2), fixed(high, 2)];
  if (score === null || from === null || to === null) return score;
  // A dash after a minus reads badly.
  return `${score} (${from.startsWith('-') || to.startsWith('-') ? `${from} to ${to}` : `${from}–${to}`})`;
}

/** Over the best naive rule; of models from before there was that, of the model alone. */
function deflated(metrics: RegisteredModel['metrics']): string | null {
  const over = metrics['excess_over'];
  const score = fixed(metrics['deflated_excess_sharpe'] ?? metrics['deflated_sharpe'], 2);
  const trials = fixed(metrics['trials'], 0);
  if (score === null || trials === null) return score;
  const rule = typeof over === 'string' ? ` over ${over}` : '';
  return `${score}${rule} after ${trials} ${trials === '1' ? 'trial' : 'trials'}`;
}

/** A Sharpe ratio as it is shown; of rows that are too few for one, that. */
const sharpeOf = (metrics: RegisteredModel['metrics'], shown: string | null): string | null =>
  shown === null && metrics['sharpe'] === null ? 'too few rows' : shown;

/** Whether a model learns what to hold, so that it is judged by what that earns and by nothing else. */
export const isJudgedByReturn = ({ strategy_type }: Pick<RegisteredModel, 'strategy_type'>): boolean =>
  usualScore(strategy_type) === 'return';

/** As in: -0.0412 (-0.0600 to -0.0210); of returns in basis points. */
function overFloor({ decision_facts: facts }: RegisteredModel): string | null {
  if (facts?.floor == null) return null;
  const { difference, low, high } = facts.floor;
  const show = (value: number): string =>
    facts.metric === 'net_return'
      ? (10_000 * value).toFixed(2)
      : facts.metric === 'squared_error'
        ? value.toExponential(2)
        : value.toFixed(4);
  const unit = facts.metric === 'net_return' ? ' bp' : '';
  return `${show(difference)}${unit} (${show(low)} to ${show(high)})`;
}

/** As in: auc 0.562 (0.521 to 0.603) on 694 bars, found */
function edgeOf({ decision_facts: facts }: RegisteredModel): string | null {
  if (facts?.edge == null) return null;
  const { score, value, low, high, rows, found } = facts.edge;
  const show = (v: number): string => (score === 'net_return' ? (10_000 * v).toFixed(2) : v.toFixed(3));
  const named = score === 'net_return' ? `${show(value)} bp` : `${score.replace('_', ' ')} ${show(value)}`;
  return `${named} (${show(low)} to ${show(high)}) on ${rows} bars, ${found ? 'found' : 'not found'}`;
}

function modelTable(
  models: readonly RegisteredModel[],
  {
    barAge,
    sharers,
    stateOf,
  }: {
    readonly barAge: (model: RegisteredModel) => string;
    readonly sharers: (model: RegisteredModel) => number;
    readonly stateOf: StateOf;
  },
): string {
  // Regressions, which have no accuracy.
  const ranked = models.some(({ metrics }) => metrics['rank_ic'] !== undefined);
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
      ...(ranked ? ['rank ic'] : []),
      'return %',
      'sharpe',
      'live',
      'kB',
      'newest bar',
      'file',
    ],
    models.map((model) => [
      model.model_id.slice(0, 8),
      model.strategy_type,
      model.symbol,
      model.is_active ? 'yes' : 'no',
      when(model.created_at),
      ...(isJudgedByReturn(model)
        ? [null, null, null]
        : [fixed(model.metrics['accuracy']), fixed(majorityAccuracy(model)), fixed(model.metrics['auc'])]),
      ...(ranked ? [fixed(model.metrics['rank_ic'])] : []),
      percent(model.metrics['return']),
      sharpeOf(model.metrics, fixed(model.metrics['sharpe'], 2)),
      liveWord(stateOf(model)),
      kilobytes(model, sharers(model)),
      barAge(model),
      model.file_path,
    ]),
  );
}

/** Of its file; `992 ÷ 500` where that is the file of 500 models. */
function kilobytes({ size_bytes }: RegisteredModel, sharers: number): string {
  const size = String(Math.round(Number(size_bytes) / 1000));
  return sharers > 1 ? `${size} ÷ ${sharers}` : size;
}

/** A share as it is shown in columns of percent; null of what is no number. */
export const percent = (share: unknown): string | null =>
  typeof share === 'number' ? (100 * share).toFixed(1) : null;

/** Holdout accuracy of always saying what was more frequent in training. */
export function majorityAccuracy(model: RegisteredModel): unknown {
  // The trainer writes metrics.baselines; older rows may lack it.
  const baselines = model.metrics['baselines'] as { majority_class?: { accuracy?: number } } | undefined;
  return baselines?.majority_class?.accuracy;
}
