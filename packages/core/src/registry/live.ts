// How models in use do on the bars that have come since they were trained: a series a model, written by
// whoever of the fleet has the lease.
import type { Database } from '../database/connect.ts';
import type { TrainLabels } from './holdouts.ts';
import type { RegisteredModel } from './types.ts';

export type LiveVerdict = 'too_few' | 'within' | 'below' | 'above';

/** A model on the bars since its training, beside the naive rule whose own score is no luck. */
export interface LiveScore {
  readonly scored_at: Date;
  /** Rows whose label is known, and when the first and the last of them are. */
  readonly rows: number;
  readonly first_row: Date;
  readonly last_row: Date;
  /** log_loss, rmse or return; null for what is no number. */
  readonly score: string;
  readonly value: number | null;
  /** majority_class, zero or always_flat. */
  readonly rule: string;
  readonly rule_value: number | null;
  /**
   * Mean of a row's log-likelihood, squared error or return, model less rule, more is better, with one-sided
   * 95 % bounds that hold at all looks together; null with too few rows.
   */
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** below: worse than the rule beyond noise. */
  readonly verdict: LiveVerdict;
}

/** With all its scores, as of a holdout. */
export type LiveRecord = Omit<LiveScore, 'scored_at'> & {
  readonly metrics: Readonly<Record<string, number>>;
};

/** A model in use that it is time to look at. */
export interface DueChampion {
  readonly model: RegisteredModel;
  /** The last row that it was judged on; null of a model from before that was kept. */
  readonly judged_to: Date | null;
  /** The newest bar that its training was given; null where that is not known any more. */
  readonly trained_to: Date | null;
  readonly train_labels: TrainLabels | null;
  /** The newest bar when it was looked at last; null when it never was. */
  readonly newest_bar: Date | null;
  readonly problem: string | null;
}

/** Points of a model's series that are kept, the newest: of hourly looks six weeks. */
const keptPoints = 1000;

/**
 * Takes or keeps the lease to score. @returns whether it is this holder's now
 * @param seconds from now on
 */
export async function holdLiveLease(sql: Database, holder: string, seconds: number): Promise<boolean> {
  const rows = await sql`
    INSERT INTO ml_training_live_lease AS lease (holder, until)
    VALUES (${holder}, now() + make_interval(secs => ${seconds}))
    ON CONFLICT (only_row) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE lease.holder = excluded.holder OR lease.until < now()
    RETURNING holder`;
  return rows.length > 0;
}

/** Gives the lease back, so that the next one need not wait for its end. */
export async function leaveLiveLease(sql: Database, holder: string): Promise<void> {
  await sql`DELETE FROM ml_training_live_lease WHERE holder = ${holder}`;
}

/**
 * Models in use that were not looked at for `everySeconds`, nor since the last training run was asked for;
 * longest first.
 */
export async function dueChampions(
  sql: Database,
  { everySeconds, limit }: { readonly everySeconds: number; readonly limit: number },
): Promise<DueChampion[]> {
  const rows = await sql<(RegisteredModel & Omit<DueChampion, 'model'>)[]>`
    SELECT m.*, s.newest_bar, s.problem, h.judged_to, h.train_labels,
      (SELECT (newest_bars ->> m.symbol)::timestamptz FROM ml_training_jobs j WHERE j.job_id = m.job_id)
        AS trained_to
    FROM ml_model_registry m LEFT JOIN ml_model_live_state s USING (model_id)
      LEFT JOIN LATERAL (
        SELECT times[array_upper(times, 1)] AS judged_to, train_labels FROM ml_model_holdouts
        WHERE model_id = m.model_id) h ON true
    WHERE m.is_active AND (s.looked_at IS NULL
      OR s.looked_at < now() - make_interval(secs => ${everySeconds})
      OR s.looked_at < (SELECT max(requested_at) FROM ml_training_runs WHERE requested_at <= now()))
    ORDER BY s.looked_at NULLS FIRST, m.model_id LIMIT ${limit}`;
  return rows.map(({ newest_bar, problem, judged_to, trained_to, train_labels, ...model }) => ({
    model,
    newest_bar,
    problem,
    judged_to,
    trained_to,
    train_labels,
  }));
}

/** What came of a look at a model. */
export interface Looked {
  readonly modelId: string;
  /** The symbol's newest bar then; null where it has none. */
  readonly newestBar: Date | null;
  /** Why it could not be scored, in words; null when nothing is wrong. */
  readonly problem: string | null;
  /** Null: nothing new to say. */
  readonly score: LiveRecord | null;
}

/**
 * Notes what came of a look, in one statement; nothing where the lease is somebody else's by now, or the
 * model is gone.
 * @returns whether it was noted
 */
export async function noteLook(
  sql: Database,
  holder: string,
  { modelId, newestBar, problem, score }: Looked,
): Promise<boolean> {
  const record = score === null ? null : sql.json({ ...score });
  const rows = await sql`
    WITH looked AS (
      INSERT INTO ml_model_live_state (model_id, looked_at, newest_bar, problem)
      SELECT model_id, now(), ${newestBar}::timestamptz, ${problem}::text FROM ml_model_registry
      WHERE model_id = ${modelId}
        AND EXISTS (SELECT FROM ml_training_live_lease WHERE holder = ${holder} AND until > now())
      ON CONFLICT (model_id) DO UPDATE SET looked_at = excluded.looked_at, newest_bar = excluded.newest_bar,
        problem = excluded.problem
      RETURNING model_id
    ), scored AS (
      INSERT INTO ml_model_live_scores (model_id, rows, first_row, last_row, score, value, rule, rule_value,
        difference, low, high, verdict, metrics)
      SELECT l.model_id, r.rows, r.first_row, r.last_row, r.score, r.value, r.rule, r.rule_value,
        r.difference, r.low, r.high, r.verdict, r.metrics
      FROM looked l, jsonb_to_record(${record}::jsonb) AS r (rows int, first_row timestamptz,
        last_row timestamptz, score text, value float8, rule text, rule_value float8, difference float8,
        low float8, high float8, verdict text, metrics jsonb)
      WHERE r.rows IS NOT NULL
      ON CONFLICT DO NOTHING
    ), thinned AS (
      DELETE FROM ml_model_live_scores old USING looked l
      WHERE old.model_id = l.model_id AND old.scored_at < (
        SELECT scored_at FROM ml_model_live_scores WHERE model_id = l.model_id
        ORDER BY scored_at DESC OFFSET ${keptPoints - 1} LIMIT 1)
    )
    SELECT model_id FROM looked`;
  return rows.length > 0;
}

/** A model's newest live score; null while it has none. */
export async function newestLiveScore(sql: Database, modelId: string): Promise<LiveScore | null> {
  const [newest] = await liveScoresOf(sql, modelId, 1);
  return newest ?? null;
}

/** A model's live scores, newest first. */
export async function liveScoresOf(sql: Database, modelId: string, limit: number): Promise<LiveScore[]> {
  return sql<LiveScore[]>`
    SELECT ${liveColumns(sql)} FROM ml_model_live_scores l
    WHERE model_id = ${modelId} ORDER BY scored_at DESC LIMIT ${limit}`;
}

const liveColumns = (sql: Database) => sql`
  l.scored_at, l.rows, l.first_row, l.last_row, l.score, l.value, l.rule, l.rule_value, l.difference, l.low,
  l.high, l.verdict`;

/** What is known of a model's life since its training. */
export interface LiveState {
  readonly model_id: string;
  readonly live: LiveScore | null;
  /** Why there is no newer score, in words; null when nothing is wrong. */
  readonly problem: string | null;
}

/** Of these models, by their ids; those that were never looked at have none. */
export async function liveStates(
  sql: Database,
  modelIds: readonly string[],
): Promise<ReadonlyMap<string, LiveState>> {
  if (modelIds.length === 0) return new Map();
  const rows = await sql<(Partial<LiveScore> & { model_id: string; problem: string | null })[]>`
    SELECT s.model_id, s.problem, ${liveColumns(sql)}
    FROM ml_model_live_state s LEFT JOIN LATERAL (
      SELECT * FROM ml_model_live_scores n WHERE n.model_id = s.model_id
      ORDER BY n.scored_at DESC LIMIT 1) l ON true
    WHERE s.model_id = ANY (${[...modelIds]}::uuid[])`;
  return new Map(
    rows.map(({ model_id, problem, ...live }) => [
      model_id,
      // Of an outer join either all columns are there or none.
      { model_id, problem, live: live.rows == null ? null : (live as LiveScore) },
    ]),
  );
}

/** A live score in a sentence, for people. */
export function liveInWords(live: LiveScore): string {
  const { rows, score, value, rule, rule_value } = live;
  const bars = `${rows} ${rows === 1 ? 'bar' : 'bars'} since its training`;
  const both = `${score.replace('_', ' ')} ${shown(value)}, ${rule.replace('_', ' ')} ${shown(rule_value)}`;
  const verdicts: Readonly<Record<LiveVerdict, string>> = {
    too_few: 'too few to say more',
    within: 'a difference within noise',
    below: 'worse than the naive rule beyond noise',
    above: 'better than the naive rule beyond noise',
  };
  return `on ${bars}: ${both}; ${verdicts[live.verdict]}`;
}

/** A live score as JSON shows it, times as ISO 8601, with itself in words. */
export const liveJson = (live: LiveScore) => ({
  ...live,
  scored_at: live.scored_at.toISOString(),
  first_row: live.first_row.toISOString(),
  last_row: live.last_row.toISOString(),
  says: liveInWords(live),
});

const shown = (value: number | null): string => (value === null ? 'no number' : value.toPrecision(4));
