// What a model's positions take besides its word: learnt from the rows that it was developed on, kept in its
// file, and used by whoever predicts.
import type { ExpectedMoves, PositionRule } from '@ml-training/sdk';
import type { Dataset, SymbolRows } from './dataset.ts';
import { costBpsOf, judgedRows } from './evaluation/index.ts';
import { expectedReturns, positionsWorthTheirCost } from './evaluation/expected-return.ts';
import { invalid, recordOf } from './plain.ts';
import type { Account, Artefact, LabelDefinition, Plain, Prediction, Predictor } from './strategy.ts';
import { yieldToEventLoop } from './yield.ts';

/** Whether what a model of this label says can be made an expected return of. */
export const canExpectReturns = ({ task, label }: LabelDefinition): boolean =>
  task === 'regression' ? label['of'] === 'return' || label['of'] === 'log_return' : task !== 'policy';

/** Whether settings ask for it; those of rl don't know it. */
export const isByExpectedReturn = (settings: { readonly [name: string]: Plain }): boolean =>
  settings['position_rule'] === 'expected_return';

/** Newest rows of the development that persistence is told by. */
const persistenceRows = 300;
/** A symbol of which other symbols' holdouts left fewer is told by the others. */
const minTrainRows = 20;
/** A row's word more or less shouldn't be taken for a signal that lasts for ever. */
const maxPersistence = 0.95;
/**
 * What 2p − 1 of two classes is multiplied by besides the mean size of a return. Where a normal return's mean is
 * shifted by δ, its probability of a rise is ½ + δ φ(0) / σ, so that δ is (2p − 1) σ √(π/2), which is
 * (2p − 1) · 1.57 E|r|. (1 would be too little: a rise that is likelier is larger, too.) Regressions of what
 * came on what models said gave 1.4 to 1.7 over all rows, but more near p = ½, where the sides are changed, as
 * models hold their probabilities back and strong signals don't grow without end: 2.2 earned as much as or
 * more than 1.57 after costs on most of the series that choices are made on, 3 lost more on random walks.
 */
const edgeOverSize = 2;
/** So many rows with a return of 0 stand beside those of each class of several. */
const rowsOfNoMove = 10;

/**
 * Learns the rule from the train rows' returns, and from what the model says of the newest train and
 * validation rows; nothing of a holdout has a part in it.
 * @param predictor the model, which gives scores of any rows from `window − 1` on
 */
export async function learnPositionRule(
  { symbols }: Pick<Dataset, 'symbols'>,
  label: LabelDefinition,
  predictor: Pick<Predictor, 'predict'>,
  { window, signal }: { readonly window: number; readonly signal: AbortSignal },
): Promise<PositionRule> {
  const known = symbols.map((symbol) => ({ ...symbol, rows: plausibleTrainRows(symbol) }));
  const enough = known.filter(({ rows }) => rows.length >= minTrainRows);
  const learnt: (readonly [symbol: string, moves: ExpectedMoves])[] = [];
  for (const symbol of enough.length > 0 ? enough : known) {
    await yieldToEventLoop(signal);
    const moves = movesOf(symbol, label);
    const { train, validation } = symbol.purged;
    const to = 1 + (validation.at(-1) ?? train.at(-1) ?? window - 2);
    const from = Math.max(train[0] ?? 0, window - 1, to - persistenceRows);
    const said = await predictor.predict(symbol.bars, { from: Math.min(from, to), to });
    const persistence = persistenceOf(expectedReturns(said, label, moves), label.label.horizon);
    learnt.push([symbol.bars.symbol, { moves, persistence }]);
  }
  const all = learnt.map(([, moves]) => moves);
  const mean = (of: (one: ExpectedMoves) => number): number =>
    all.reduce((sum, one) => sum + of(one), 0) / all.length;
  return {
    rule: 'expected_return',
    symbols: Object.fromEntries(learnt),
    others: {
      moves: all[0]!.moves.map((_, c) => mean(({ moves }) => moves[c]!)),
      persistence: mean(({ persistence }) => persistence),
    },
  };
}

/**
 * Of two classes ± `edgeOverSize` · the mean size of a return. Sizes, and not rises and falls by themselves, so
 * that a trend of the train rows, which is mostly luck, has no part in it. Of several classes the mean return
 * of the rows of each, held back where there are few.
 */
function movesOf(
  { bars, labels, rows }: Pick<SymbolRows, 'bars' | 'labels'> & { readonly rows: readonly number[] },
  { task, classes, label: { horizon } }: LabelDefinition,
): readonly number[] {
  if (task === 'regression') return [];
  const returns = rows.map((t) => bars.close[t + horizon]! / bars.close[t]! - 1);
  if (task === 'binary') {
    const size = returns.reduce((sum, r) => sum + Math.abs(r), 0) / Math.max(1, rows.length);
    return [-edgeOverSize * size, edgeOverSize * size];
  }
  return classes.map((_, c) => {
    const own = returns.filter((_return, i) => labels[rows[i]!] === c);
    return own.reduce((sum, r) => sum + r, 0) / (own.length + rowsOfNoMove);
  });
}

function plausibleTrainRows({ bars, horizon, purged: { train } }: SymbolRows): readonly number[] {
  const all = { from: train[0] ?? 0, to: 1 + (train.at(-1) ?? -1) };
  const plausible = new Set(judgedRows(bars, all, horizon));
  return train.filter((t) => plausible.has(t));
}

/** Autocorrelation of what is expected, at a distance of the horizon; from 0. */
function persistenceOf(expected: Float64Array, horizon: number): number {
  const mean = expected.reduce((sum, v) => sum + v, 0) / expected.length;
  let [products, squares] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    squares += (expected[i]! - mean) ** 2;
    if (i >= horizon) products += (expected[i]! - mean) * (expected[i - horizon]! - mean);
  }
  const found = products / squares;
  return found > 0 ? Math.min(maxPersistence, found) : 0;
}

/**
 * A model's positions by the rule of its file; as they are where it has none.
 * @throws StrategyError INVALID_MODEL where the rule is damaged
 */
export function positionsByRule(
  { positions, params }: Pick<Artefact, 'positions' | 'params'>,
  label: LabelDefinition,
): (said: Prediction, symbol: string, account: Account | undefined) => Prediction {
  if (positions === undefined) return (said) => said;
  const { symbols, others } = checked(positions, label);
  const allowed =
    label.task === 'multiclass' ? [...new Set([0, ...label.classes.map((one) => one.position)])] : [-1, 0, 1];
  return (said, symbol, account) => {
    const { moves, persistence } = Object.hasOwn(symbols, symbol) ? symbols[symbol]! : others;
    return {
      ...said,
      position: positionsWorthTheirCost(expectedReturns(said, label, moves), {
        costBps: costBpsOf(params, symbol),
        persistence,
        allowed,
        held: account?.position ?? 0,
      }),
    };
  };
}

function checked(positions: PositionRule, label: LabelDefinition): PositionRule {
  const { rule, symbols, others } = recordOf(positions, 'positions');
  if (rule !== 'expected_return')
    throw invalid('positions.rule', `is ${JSON.stringify(rule)}, expected 'expected_return'`);
  if (!canExpectReturns(label)) throw invalid('positions', 'are of a model that expects no returns');
  const count = label.task === 'regression' ? 0 : label.classes.length;
  const check = (stored: Plain | undefined, where: string): void => {
    const { moves, persistence } = recordOf(stored, where);
    if (!Array.isArray(moves) || moves.length !== count || !moves.every(Number.isFinite))
      throw invalid(`${where}.moves`, `are not ${count} numbers`);
    if (typeof persistence !== 'number' || !(persistence >= 0 && persistence < 1))
      throw invalid(`${where}.persistence`, 'is no number from 0 to below 1');
  };
  for (const [symbol, of] of Object.entries(recordOf(symbols, 'positions.symbols')))
    check(of, `positions.symbols.${symbol}`);
  check(others, 'positions.others');
  return positions;
}
