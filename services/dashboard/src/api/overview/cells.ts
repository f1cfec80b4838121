import { jobSymbol, reportedBy, strategyOf, type StrategyType } from '@ml-training/sdk';
import { liveInWords } from '@ml-training/core';
import type { Champion, FailedPair, LiveState, ModelScores, OpenJob } from '@ml-training/core';
import type { ChampionCell } from '../../schemas/champions.ts';

/**
 * What promotion of a strategy goes by (docs/judging.md), of all rows together and so that more is better.
 */
export function scoreOf(strategy: StrategyType): 'log_likelihood' | 'rmse' | 'return' {
  const { promotionMetric } = strategyOf(strategy);
  return promotionMetric === 'log_likelihood' ? promotionMetric : reportedBy[promotionMetric].score;
}

/**
 * A report's score less that of the best naive rule, and its interval less the same; losses turned round,
 * so that more is better.
 */
export function lessBestRule(
  strategy: StrategyType,
  { score, low, high, rules }: Pick<ModelScores, 'score' | 'low' | 'high' | 'rules'>,
): { difference: number | null; low: number | null; high: number | null; rule: string | null } {
  const sign = scoreOf(strategy) === 'return' ? 1 : -1;
  const best = Object.entries(rules ?? {})
    .map(([name, value]) => ({ name, value: sign * value }))
    .reduce<{ name: string; value: number } | null>(
      (a, b) => (a === null || b.value > a.value ? b : a),
      null,
    );
  if (score === null || best === null)
    return { difference: null, low: null, high: null, rule: best?.name ?? null };
  const bounds = low === null || high === null ? null : [sign * low - best.value, sign * high - best.value];
  return {
    difference: sign * score - best.value,
    low: bounds === null ? null : Math.min(...bounds),
    high: bounds === null ? null : Math.max(...bounds),
    rule: best.name,
  };
}

/** Symbols that the last training of each strategy over all symbols left out, with the reason. */
export type LeftOut = ReadonlyMap<StrategyType, Readonly<Record<string, string>>>;

/** Why the strategy's last training over all symbols left this one out; null when it didn't. */
export function whyLeftOut(leftOut: LeftOut, strategy: StrategyType, symbol: string): string | null {
  const reasons = leftOut.get(strategy) ?? {};
  return Object.hasOwn(reasons, symbol) ? reasons[symbol]! : null;
}

/** What is known of pairs, to say why one has no model. */
export interface PairFacts {
  readonly strategies: readonly StrategyType[];
  /** TRAINING_SYMBOLS; empty for all. */
  readonly symbols: readonly string[];
  readonly bars: ReadonlyMap<string, number>;
  readonly minBars: number;
  /** By `nameOf` of the job's pair. */
  readonly open: ReadonlyMap<string, OpenJob>;
  readonly failed: ReadonlyMap<string, FailedPair>;
  readonly leftOut: LeftOut;
}

export const nameOf = (strategy: string, symbol: string): string => `${strategy} ${symbol}`;

/** The pair of the job that trains a strategy's model of a symbol. */
export const jobOf = (strategy: StrategyType, symbol: string): string =>
  nameOf(strategy, jobSymbol(strategy, symbol));

/** Whether a run trains it: among the settings' strategies and symbols, with bars enough. */
export function isPlanned(strategy: StrategyType, symbol: string, facts: PairFacts): boolean {
  return (
    facts.strategies.includes(strategy) &&
    (facts.symbols.length === 0 || facts.symbols.includes(symbol)) &&
    (facts.bars.get(symbol) ?? 0) >= facts.minBars
  );
}

/** Why a pair has no model in use, in words. */
export function whyNone(
  strategy: StrategyType,
  symbol: string,
  facts: PairFacts,
  last: ChampionCell['last'],
): string {
  const open = facts.open.get(jobOf(strategy, symbol));
  if (open?.status === 'running') return `its first training is ${Math.round(100 * open.progress)} % done`;
  if (open !== undefined) return 'its first training waits in the queue';
  if (!facts.strategies.includes(strategy)) return `${strategy} is not among the strategies that runs train`;
  if (facts.symbols.length > 0 && !facts.symbols.includes(symbol))
    return `${symbol} is not in TRAINING_SYMBOLS`;
  const bars = facts.bars.get(symbol) ?? 0;
  if (bars === 0) return 'it has no bars';
  if (bars < facts.minBars) return `too few bars: ${bars} of ${facts.minBars}`;
  const failed = facts.failed.get(jobOf(strategy, symbol));
  if (failed !== undefined)
    return `its training failed: ${firstLine(failed.error_message ?? failed.error_code ?? 'no reason is known')}`;
  const leftOut = whyLeftOut(facts.leftOut, strategy, symbol);
  if (leftOut !== null) return `left out of the ${strategy}: ${leftOut}`;
  if (last === null) return 'not trained yet';
  return last.below_floor ? `no model passed the floor yet: ${last.decision}` : last.decision;
}

export const firstLine = (text: string): string => text.split('\n', 1)[0]!;

/** Words come with what somebody should look at, and with nothing else: there are many cells. */
function liveCell(state: LiveState | null): NonNullable<ChampionCell['model']>['live'] {
  if (state === null) return null;
  const { live, problem } = state;
  if (problem !== null)
    return { rows: live?.rows ?? 0, verdict: 'unknown', note: firstLine(problem).slice(0, 200) };
  if (live === null) return null;
  const { rows, verdict } = live;
  return { rows, verdict, note: verdict === 'below' ? liveInWords(live) : null };
}

/** A cell of the matrix. */
export function cellOf(
  strategy: StrategyType,
  symbol: string,
  facts: PairFacts,
  champion: Champion | null,
  { scores, live }: { readonly scores: ModelScores | null; readonly live: LiveState | null },
): ChampionCell {
  const last =
    champion === null
      ? null
      : {
          model_id: champion.newest_id,
          created_at: champion.newest_at.toISOString(),
          promoted: champion.newest_id === champion.model_id,
          decision: champion.newest_decision,
          below_floor: champion.newest_below_floor,
          learnt_nothing: champion.newest_learnt_nothing,
        };
  const inUse = champion?.model_id ?? null;
  return {
    strategy_type: strategy,
    model:
      champion === null || inUse === null
        ? null
        : {
            model_id: inUse,
            // A model in use has them.
            created_at: champion.created_at!.toISOString(),
            activated_at: champion.activated_at?.toISOString() ?? null,
            rows: scores?.rows ?? null,
            ...lessBestRule(strategy, scores ?? { score: null, low: null, high: null, rules: null }),
            live: liveCell(live),
          },
    why_none: inUse === null ? whyNone(strategy, symbol, facts, last) : null,
    planned: isPlanned(strategy, symbol, facts),
    last,
  };
}
