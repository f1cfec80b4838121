import {
  builtInStrategies,
  builtInTypes,
  findStrategy,
  isBuiltIn,
  isStrategyName,
  labelKinds,
  reportedBy,
  setOwnStrategies,
  unknownStrategy,
  type LabelKind,
  type Needs,
  type ParamSpecs,
  type PromotionMetric,
  type StrategyFacts,
} from '@ml-training/sdk';
import { FleetError } from '../errors.ts';
import type { Database } from './connect.ts';

/**
 * Makes the rows of these strategies what the list says of
 * them; other rows, such as those of older names, stay.
 */
export async function fillStrategies(
  own: Database,
  strategies: readonly StrategyFacts[] = builtInStrategies,
): Promise<void> {
  const rows = strategies.map(({ type, scope, promotionMetric }) => ({
    strategy_type: type,
    scope,
    promotion_metric: promotionMetric,
    score: reportedBy[promotionMetric].score,
  }));
  // Read first: nothing is written where nothing differs, as at nearly every start, so that a user who may
  // only read a database that is up to date can look at it.
  const known = new Map(
    (await own<typeof rows>`SELECT strategy_type, scope, promotion_metric, score FROM ml_strategies`).map(
      (row) => [row.strategy_type, row],
    ),
  );
  const different = rows.filter((row) => {
    const found = known.get(row.strategy_type);
    return (
      found?.scope !== row.scope ||
      found.promotion_metric !== row.promotion_metric ||
      found.score !== row.score
    );
  });
  if (different.length === 0) return;
  await own`
    INSERT INTO ml_strategies ${own(different)}
    ON CONFLICT (strategy_type) DO UPDATE
      SET scope = excluded.scope, promotion_metric = excluded.promotion_metric, score = excluded.score`;
}

interface Row {
  readonly strategy_type: string;
  readonly scope: StrategyFacts['scope'];
  readonly promotion_metric: string;
  readonly label: string;
  readonly settings: ParamSpecs;
  readonly description: string;
  readonly needs: Needs | null;
  readonly in_folder: boolean;
}

/**
 * Tells this process which strategies there are: the built-ins and, of the table, the user's own. Some rows of
 * one small table, so that whoever lists strategies or is asked for one by name may do so each time.
 */
export async function refreshStrategies(sql: Database): Promise<void> {
  const rows = await sql<Row[]>`
    SELECT strategy_type, scope, promotion_metric, label, settings, description, needs, in_folder
    FROM ml_strategies WHERE strategy_type <> ALL (${[...builtInTypes]}) ORDER BY strategy_type`;
  setOwnStrategies(rows.flatMap((row) => factsOf(row) ?? []));
}

/** Null for a row that this version can make nothing of, as a newer fleet's or one of a wrong name may be. */
function factsOf(row: Row): StrategyFacts | null {
  const { strategy_type: type, scope, promotion_metric: promotionMetric, label } = row;
  if (!isStrategyName(type) || !isMetric(promotionMetric) || !isLabel(label)) return null;
  const { settings, description, needs, in_folder: inRuns } = row;
  const facts: StrategyFacts = { type, scope, label, promotionMetric, settings, description, inRuns };
  return needs === null ? facts : { ...facts, needs };
}

const isLabel = (word: string): word is LabelKind => labelKinds.some((kind) => kind === word);
const isMetric = (word: string): word is PromotionMetric => Object.hasOwn(reportedBy, word);

/**
 * The facts of a strategy that somebody names. One that came since the last look is found, too.
 * @throws FleetError REQUEST_INVALID where there is none of that name
 */
export async function theStrategy(sql: Database, name: string): Promise<StrategyFacts> {
  if (findStrategy(name) === undefined) await refreshStrategies(sql);
  const found = findStrategy(name);
  if (found === undefined) throw new FleetError('REQUEST_INVALID', unknownStrategy(name));
  return found;
}

/**
 * Tells the database of the strategies that a STRATEGIES_DIR holds. A row whose folder is gone stays, as models
 * and jobs are of it, but runs train it no more.
 * @param folders names of all folders, also of those that can't be described now: their rows stay as they are
 */
export async function recordStrategies(
  sql: Database,
  strategies: readonly (StrategyFacts & { readonly sum: string })[],
  folders: readonly string[],
): Promise<void> {
  const rows = strategies
    .filter(({ type }) => isStrategyName(type) && !isBuiltIn(type))
    .map(({ type, promotionMetric, ...facts }) => ({
      strategy_type: type,
      scope: facts.scope,
      promotion_metric: promotionMetric,
      score: reportedBy[promotionMetric].score,
      label: facts.label,
      settings: facts.settings,
      description: facts.description,
      needs: facts.needs ?? null,
      sum: facts.sum,
    }));
  // One statement: nobody sees half of a folder.
  await sql`
    WITH told AS (
      INSERT INTO ml_strategies (strategy_type, scope, promotion_metric, score, label, settings, description,
        needs, sum, in_folder, described_at)
      SELECT *, true, now() FROM jsonb_to_recordset(${sql.json(rows as never)}) AS r (strategy_type text, scope text,
        promotion_metric text, score text, label text, settings jsonb, description text, needs jsonb,
        sum text)
      ON CONFLICT (strategy_type) DO UPDATE SET scope = excluded.scope, score = excluded.score,
        promotion_metric = excluded.promotion_metric, label = excluded.label, settings = excluded.settings,
        description = excluded.description, needs = excluded.needs, sum = excluded.sum,
        in_folder = true, described_at = now()
    )
    UPDATE ml_strategies SET in_folder = false
    WHERE in_folder AND strategy_type <> ALL (${folders as string[]})`;
}
