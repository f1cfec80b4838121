import {
  admitBars,
  barsIn,
  isStrategyType,
  readBars,
  readModel,
  strategyOf,
  withClosedInputs,
  type CheckSettings,
  type Config,
  type ModelSettings,
  type Database,
  type LiveRecord,
  type ModelContent,
} from '@ml-training/core';
import { loadPredictor } from '@ml-training/inference';
import {
  costBpsOf,
  liveMetricOf,
  liveRows,
  scoreLive,
  trainLabelsFromSpans,
  type Bars,
  type LiveScore,
  type Predictor,
} from '@ml-training/strategies';
import type { Scored, ScoreOrder } from './messages.ts';

/** The newest bars that are looked at: of minute bars a week, of hourly ones more than a year. */
const maxRows = 10_000;
/** Bars before the first row: what labels and rules look back at, besides the model's window. */
const history = 100;

/**
 * Scores a model in use on the bars that came since it was trained, by the code that judged it.
 * @throws what keeps its file or its bars from being read, or its strategy from being run
 */
export async function scoreChampion(
  config: ModelSettings & Pick<Config, 'STRATEGIES_DIR' | 'TRAINING_SEED'> & CheckSettings,
  sql: Database,
  { model, after, trainLabels }: ScoreOrder,
): Promise<Scored> {
  const file = await readModel(config, model.file_path, model);
  const predictor = await loadPredictor(file, config.STRATEGIES_DIR);
  try {
    const { label } = predictor;
    const { horizon } = label.label;
    const before = file.window + label.firstRow + horizon + history;
    const read = { symbol: model.symbol, after, before };
    const bars = await readSince(sql, config, read, predictor);
    const range = liveRows(bars, {
      after: after.getTime(),
      dataTo: model.data_to.getTime(),
      spans: file.fitted_spans,
      horizon,
      firstRow: Math.max(file.window - 1, label.firstRow),
    });
    if (range.from === range.to) return { score: null, problem: null };
    const known = trainLabels ?? (await labelsFromBars(sql, config, file, predictor));
    const scored = scoreLive(bars, await predictor.predict(bars, range), range, {
      promotionMetric: liveMetricOf(label.task, metricOf(model.strategy_type)),
      label,
      costBps: costBpsOf(file.params, model.symbol),
      trainLabels: known,
      seed: config.TRAINING_SEED,
    });
    if (typeof scored === 'string') return { score: null, problem: scored };
    const problem = scored.broken === null ? null : `broken on the bars since its training: ${scored.broken}`;
    return { score: recordOf(scored), problem };
  } finally {
    predictor.dispose();
  }
}

/** Bars after a time, the newest `maxRows` at most, and `before` more that lead up to them. */
async function readSince(
  sql: Database,
  config: CheckSettings,
  { symbol, after, before }: { readonly symbol: string; readonly after: Date; readonly before: number },
  { needs }: Predictor,
): Promise<Bars> {
  const { from, time, when } = await barsIn(sql);
  const [{ count }] = await sql<[{ count: number }]>`
    SELECT count(*)::int AS count FROM (
      SELECT FROM ${from} WHERE m.symbol = ${symbol} AND ${when('>', sql`${after}::timestamptz`)}
      ORDER BY ${time} DESC LIMIT ${maxRows}) newer`;
  const bars = await readBars(sql, symbol, count + before, needs?.columns);
  const usable = admitBars(bars, config, Date.now()).bars;
  const [given] = await withClosedInputs(sql, [usable], config, needs);
  return given!;
}

/** Of a model that came without them, where the bars that it was trained on are there still. */
async function labelsFromBars(
  sql: Database,
  config: CheckSettings,
  { fitted_spans: spans, symbol }: ModelContent,
  { label, needs }: Predictor,
) {
  const own = spans.filter((span) => span.symbol === symbol && span.part === 'train');
  if (own.length === 0) return null;
  const from = Math.min(...own.map(({ start }) => start));
  const stored = await barsIn(sql);
  const [{ count }] = await sql<[{ count: number }]>`
    SELECT count(*)::int AS count FROM ${stored.from}
    WHERE m.symbol = ${symbol} AND ${stored.when('>=', sql`${new Date(from)}::timestamptz`)}`;
  if (count === 0) return null;
  const bars = await readBars(sql, symbol, count + label.firstRow, needs?.columns);
  const usable = admitBars(bars, config, Date.now()).bars;
  const [given] = await withClosedInputs(sql, [usable], config, needs);
  return trainLabelsFromSpans(given!, spans, label);
}

/** Undefined where the folder of the user's own strategy is gone. */
const metricOf = (type: string) => (isStrategyType(type) ? strategyOf(type).promotionMetric : undefined);

/** As the database keeps it. */
function recordOf({ from, to, difference, ruleValue, ...score }: LiveScore): LiveRecord {
  return {
    rows: score.rows,
    first_row: new Date(from),
    last_row: new Date(to),
    score: score.score,
    value: finite(score.value),
    rule: score.rule,
    rule_value: finite(ruleValue),
    difference: difference?.mean ?? null,
    low: difference?.low ?? null,
    high: difference?.high ?? null,
    verdict: score.verdict,
    metrics: score.metrics,
  };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
