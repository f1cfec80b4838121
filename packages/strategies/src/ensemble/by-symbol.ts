// What is a symbol's own in a model over several: a linear model of its rows alone, and its own weights of the
// members, drawn toward those of all.
import { takeRows, type LabelledRows, type PooledRows } from '../dataset.ts';
import type { Fold } from '../evaluation/folds.ts';
import { toNdArray, fromNdArray } from '../ndarray.ts';
import { averagedLogistic } from './averaged-logistic.ts';
import type { StoredMember } from './members.ts';
import { logLoss } from '../evaluation/metrics.ts';
import { fitPool, poolProbabilities, type Pool } from './pool.ts';
import type { CrossValidated } from './trees.ts';
import type { Labels } from '../target.ts';

export const bySymbolName = 'logistic_by_symbol';

/** Fewer rows of a symbol teach nothing of it alone. */
const minRows = 20;

/**
 * The linear member of two classes once more, for each symbol on its own rows: what one symbol does and the
 * others don't is watered down where all are learnt as one. A symbol with too few rows, or of one class only,
 * is answered for by `shared`.
 * @param shared the linear member over all symbols, and what it says out of fold.
 * @param run.chosen what each symbol's penalties weigh, where that is known; null of one that is left to `shared`.
 */
export async function bySymbol(
  rows: PooledRows,
  symbols: readonly string[],
  featureNames: readonly string[],
  folds: readonly Fold[],
  shared: CrossValidated,
  run: Omit<Parameters<typeof averagedLogistic>[3], 'chosen'> & {
    readonly chosen?: readonly (readonly number[] | null)[] | undefined;
  },
): Promise<CrossValidated> {
  const { cols } = rows;
  if (!('kernel' in shared.member.stored)) throw new TypeError('the shared linear member has no kernel');
  const common = shared.member.stored;
  const kernels = new Float32Array((symbols.length + 1) * cols);
  const biases = new Array<number>(symbols.length + 1).fill(Number(common.bias));
  const ofAll = fromNdArray(common.kernel, 'float32', bySymbolName, [cols, 1]);
  for (let s = 0; s <= symbols.length; s++) kernels.set(ofAll, s * cols);
  const answers = shared.answers.map((answer) => answer.slice());

  const penaltyWeights = new Array<readonly number[] | null>(symbols.length).fill(null);
  const ownRows = rowsBySymbol(rows.symbolIndex, symbols.length);
  const ownFolds = localFoldsBySymbol(rows, ownRows, folds);
  for (const [s, own] of ownRows.entries()) {
    const local = ownFolds[s]!;
    const chosen = run.chosen?.[s];
    if (chosen === null || own.length < minRows) continue;
    if (!local.every(({ fold }) => isEnough(rows, own, fold))) continue;
    const asked = local.map(({ fold }) => fold);
    const found = await averagedLogistic(takeRows(rows, own), featureNames, asked, {
      ...run,
      chosen,
      context: { epoch: () => undefined },
    });
    if (!('kernel' in found.member.stored)) continue;
    penaltyWeights[s] = found.member.penaltyWeights![0]!;
    kernels.set(fromNdArray(found.member.stored.kernel, 'float32', bySymbolName, [cols, 1]), s * cols);
    biases[s] = Number(found.member.stored.bias);
    local.forEach(({ places }, f) =>
      places.forEach((place, i) => (answers[f]![place] = found.answers[f]![i]!)),
    );
    await run.pause();
  }
  const stored: StoredMember = {
    name: bySymbolName,
    kind: 'logistic_by_symbol',
    symbols: [...symbols],
    kernel: toNdArray(kernels, [symbols.length + 1, cols]),
    bias: biases,
  };
  return { member: { stored, rounds: symbols.length, penaltyWeights }, answers };
}

/** The rows of each symbol, in their order. */
function rowsBySymbol(symbolIndex: Uint32Array, symbols: number): Uint32Array[] {
  const rows = Array.from({ length: symbols }, (): number[] => []);
  symbolIndex.forEach((s, row) => rows[s]!.push(row));
  return rows.map((own) => Uint32Array.from(own));
}

/** Folds of a symbol's rows alone, by their place among them, and where each asked row stands in the fold. */
interface LocalFold {
  readonly fold: Fold;
  readonly places: Uint32Array;
}

/** Of every symbol, in one pass over each fold, as there may be hundreds. */
function localFoldsBySymbol(
  { symbolIndex }: PooledRows,
  ownRows: readonly Uint32Array[],
  folds: readonly Fold[],
): LocalFold[][] {
  const place = new Uint32Array(symbolIndex.length);
  for (const own of ownRows) own.forEach((row, i) => (place[row] = i));
  const local = ownRows.map((): LocalFold[] => []);
  for (const { fit, ask } of folds) {
    const empty = (): number[][] => ownRows.map(() => []);
    const [ofFit, ofAsk, places] = [empty(), empty(), empty()];
    for (const row of fit) ofFit[symbolIndex[row]!]!.push(place[row]!);
    ask.forEach((row, i) => {
      ofAsk[symbolIndex[row]!]!.push(place[row]!);
      places[symbolIndex[row]!]!.push(i);
    });
    local.forEach((of, s) =>
      of.push({
        fold: { fit: Uint32Array.from(ofFit[s]!), ask: Uint32Array.from(ofAsk[s]!) },
        places: Uint32Array.from(places[s]!),
      }),
    );
  }
  return local;
}

function isEnough({ labels }: LabelledRows, own: Uint32Array, { fit }: Fold): boolean {
  const classes = new Set(Array.from(fit, (row) => labels[own[row]!]));
  return fit.length >= minRows && classes.size === 2;
}

/**
 * Each symbol's pool: the mean of two, fitted on its rows alone, one held to the pool of all symbols and one to
 * its own linear model by itself, each weighted by its likelihood. So a symbol that does as the others do gains
 * by them, and one that doesn't keeps what is its own.
 * @param rows the symbols' names, and the number of each row's.
 * @param options.prior weights with a symbol's own linear model alone.
 */
export function ownPools(
  members: readonly Float64Array[],
  labels: Labels,
  rows: { readonly names: readonly string[]; readonly symbolIndex: Uint32Array },
  options: {
    readonly pool: Pool;
    readonly prior: readonly number[];
    readonly intercept: number;
    readonly l2: number;
  },
): Pool[] {
  const { pool, l2 } = options;
  const priors = [
    { prior: [...pool.weights], intercept: pool.intercept },
    { prior: options.prior, intercept: options.intercept },
  ];
  return rowsBySymbol(rows.symbolIndex, rows.names.length).map((own) => {
    const said = members.map((answers) => Float64Array.from(own, (row) => answers[row]!));
    const came = Uint8Array.from(own, (row) => labels[row]!);
    const pools = priors.map((prior) => fitPool(said, came, { ...prior, l2 }));
    const losses = pools.map(({ weights, intercept }) =>
      own.length === 0
        ? 0
        : own.length * logLoss(poolProbabilities(said, weights, { slope: 1, intercept }), came),
    );
    const best = Math.min(...losses);
    const raw = losses.map((loss) => Math.exp(best - loss));
    const total = raw.reduce((sum, w) => sum + w, 0);
    const mean = (of: (one: Pool) => number): number =>
      pools.reduce((sum, one, i) => sum + (raw[i]! / total) * of(one), 0);
    return {
      weights: Float64Array.from(members, (_, k) => mean(({ weights }) => weights[k]!)),
      intercept: mean(({ intercept }) => intercept),
    };
  });
}
