// Permutation importance (Breiman 2001): how much worse a model does on its holdout when a feature's values
// are given to other rows. It asks of the finished model and chooses nothing.
import type { FeatureTable } from '../features/index.ts';
import type { Random } from '../random.ts';
import type { Bars, Prediction, RowRange, Strategy } from '../strategy.ts';
import { blockLength } from './intervals.ts';
import { rowScores } from './metrics.ts';
import type { EvaluationOptions } from './metrics.ts';

/** How many predictions it may take. */
type Effort = 'quick' | 'thorough';

/** What shuffling costs the model, as a mean over the rows, in the unit of what promotion compares. */
export interface Importance {
  /** Of the feature, or of the group. */
  readonly name: string;
  /** Above 0: the model does worse without. Log-likelihood: nats; squared error; net return of a bar. */
  readonly loss: number;
  /** Standard error of that mean: luck of the rows and of the shuffles. */
  readonly error: number;
  /** Standard deviation of the mean over the repeats; null of a single one. */
  readonly deviation: number | null;
}

export interface Importances {
  readonly metric: Strategy['promotionMetric'];
  /** Rows shuffled, over all symbols looked at. */
  readonly rows: number;
  /** Symbols looked at. */
  readonly symbols: readonly string[];
  /** Shuffles of each feature. */
  readonly repeats: number;
  /** Most first. */
  readonly features: readonly Importance[];
  /** Features of a group shuffled together, most first. */
  readonly groups: readonly (Importance & { readonly features: readonly string[] })[];
}

/** A symbol's rows, as the model is given them. */
export interface PermutedSymbol {
  readonly bars: Bars;
  /** Scaled. */
  readonly features: FeatureTable;
  readonly holdout: RowRange;
}

export interface PermutationRun {
  readonly promotionMetric: Strategy['promotionMetric'];
  /** Rows of features that one prediction looks at. */
  readonly window: number;
  /** What a feature is of; null of one that is in no group. */
  readonly groupOf: (name: string) => string | null;
  /** Whether a prediction takes long, so that fewer are asked for. */
  readonly slow: boolean;
  readonly effort: Effort;
  readonly options: Omit<EvaluationOptions, 'costBps'>;
  readonly costBpsOf: (symbol: string) => number;
  readonly random: Random;
  readonly predict: (bars: Bars, features: FeatureTable, range: RowRange) => Prediction;
  /** Lets others run between two features; rejects when it is to stop. */
  readonly pause: () => Promise<void>;
}

/**
 * Predictions of a row that all shuffles together take, about: on the default 34 features and 1,000 bars some
 * 0.2 s, one row of a network with a window costing what five rows of trees do.
 */
const predictions: Readonly<Record<Effort, { readonly usual: number; readonly slow: number }>> = {
  quick: { usual: 20_000, slow: 3_600 },
  thorough: { usual: 2_000_000, slow: 200_000 },
};
const maxRepeats: Readonly<Record<Effort, number>> = { quick: 5, thorough: 20 };
/** Fewer of a symbol say nothing. */
const minRows = 60;

/**
 * Shuffles each feature, and each group of features, within each symbol's newest holdout rows. Of a model that
 * looks at one row at a time the values are dealt out anew; of one with a window they are moved in time as one
 * piece, so that each row sees a stretch of the feature as it was, of another time. Rows are worth more than
 * repeats: first all rows of the holdout are used, then there are repeats.
 * @returns null where there are too few rows to say anything.
 */
export async function permutationImportances(
  given: readonly PermutedSymbol[],
  run: PermutationRun,
): Promise<Importances | null> {
  const { promotionMetric, effort, slow } = run;
  const names = given[0]?.features.names ?? [];
  const groups = groupsOf(names, run.groupOf);
  const columns = names.length + groups.filter(({ members }) => members.length > 1).length;
  const budget = predictions[effort][slow ? 'slow' : 'usual'] / columns;
  const chosen = chooseRows(given, Math.max(minRows, Math.floor(budget)));
  const rows = chosen.reduce((sum, { range }) => sum + range.to - range.from, 0);
  if (names.length === 0 || rows === 0) return null;
  const repeats = Math.max(1, Math.min(maxRepeats[effort], Math.floor(budget / rows)));

  const asked = chosen.map((symbol) => askOf(symbol, run));
  const importanceOf = async (name: string, members: readonly number[]): Promise<Importance> => {
    const lost: Float64Array[][] = asked.map(() => []);
    for (let repeat = 0; repeat < repeats; repeat++) {
      asked.forEach(({ lossWhen }, s) => {
        const random = run.random.fork(`${name} ${repeat} ${s}`);
        lost[s]!.push(lossWhen(members, random));
      });
      await run.pause();
    }
    return { name, ...summaryOf(lost, run.options.horizon) };
  };
  const ofFeatures: Importance[] = [];
  for (const [c, name] of names.entries()) ofFeatures.push(await importanceOf(name, [c]));
  const ofGroups: Importances['groups'][number][] = [];
  for (const { group, members } of groups) {
    const found = members.length === 1 ? ofFeatures[members[0]!]! : await importanceOf(group, members);
    ofGroups.push({ ...found, name: group, features: members.map((c) => names[c]!) });
  }
  const mostFirst = (one: Importance, other: Importance): number => other.loss - one.loss;
  return {
    metric: promotionMetric,
    rows,
    symbols: chosen.map(({ bars }) => bars.symbol),
    repeats,
    features: ofFeatures.sort(mostFirst),
    groups: ofGroups.sort(mostFirst),
  };
}

interface Group {
  readonly group: string;
  /** Columns. */
  readonly members: readonly number[];
}

function groupsOf(names: readonly string[], groupOf: PermutationRun['groupOf']): Group[] {
  const groups = new Map<string, number[]>();
  names.forEach((name, c) => {
    const group = groupOf(name);
    if (group !== null) groups.set(group, [...(groups.get(group) ?? []), c]);
  });
  return [...groups].map(([group, members]) => ({ group, members }));
}

type ChosenRows = PermutedSymbol & { readonly range: RowRange };

/** The newest holdout rows of as many symbols as get enough of them, spread over the list where not all do. */
function chooseRows(symbols: readonly PermutedSymbol[], budget: number): ChosenRows[] {
  const long = symbols.filter(({ holdout }) => holdout.to - holdout.from >= Math.min(minRows, budget) / 3);
  const count = Math.min(long.length, Math.max(1, Math.floor(budget / minRows)));
  return Array.from({ length: count }, (_, i) => {
    const symbol = long[Math.floor((i * long.length) / count)]!;
    const { from, to } = symbol.holdout;
    return { ...symbol, range: { from: Math.max(from, to - Math.floor(budget / count)), to } };
  });
}

/** What each row of a symbol loses when some columns are shuffled, by one shuffle. */
function askOf(
  { bars, features, range }: ChosenRows,
  { promotionMetric, window, costBpsOf, predict, ...run }: PermutationRun,
): { readonly lossWhen: (columns: readonly number[], random: Random) => Float64Array } {
  const { cols, firstRow } = features;
  const options = { ...run.options, costBps: costBpsOf(bars.symbol) };
  const scores = (data: Float64Array): Float64Array =>
    rowScores(promotionMetric, bars, predict(bars, { ...features, data }, range), range, options);
  const whole = scores(features.data);
  const data = features.data.slice();
  const from = Math.max(firstRow, range.from - window + 1);
  const length = range.to - from;
  return {
    lossWhen: (columns, random) => {
      const order = window > 1 ? rotated(length, window, random) : dealt(length, random);
      const place = (sourceOf: (i: number) => number): void => {
        for (const c of columns)
          for (let i = 0; i < length; i++)
            data[(from + i) * cols + c] = features.data[(from + sourceOf(i)) * cols + c]!;
      };
      place((i) => order[i]!);
      const left = scores(data);
      place((i) => i);
      return whole.map((score, i) => score - left[i]!);
    },
  };
}

const dealt = (length: number, random: Random): Int32Array =>
  random.shuffle(Int32Array.from({ length }, (_, i) => i));

/** Further than a window, where there is room for that. */
function rotated(length: number, window: number, random: Random): Int32Array {
  const least = Math.max(1, Math.min(window, Math.floor(length / 4)));
  const by = least + random.int(Math.max(1, length - 2 * least));
  return Int32Array.from({ length }, (_, i) => (i + by) % length);
}

/** @param lost by symbol and repeat, a row each. */
function summaryOf(lost: readonly (readonly Float64Array[])[], horizon: number): Omit<Importance, 'name'> {
  const repeats = lost[0]!.length;
  const means = lost.map((ofSymbol) =>
    ofSymbol[0]!.map((_, i) => ofSymbol.reduce((sum, losses) => sum + losses[i]!, 0) / repeats),
  );
  const rows = means.reduce((sum, losses) => sum + losses.length, 0);
  const loss = means.reduce((sum, losses) => sum + total(losses), 0) / rows;
  const ofRepeats = Array.from(
    { length: repeats },
    (_, r) => lost.reduce((sum, ofSymbol) => sum + total(ofSymbol[r]!), 0) / rows,
  );
  const deviation = Math.sqrt(
    ofRepeats.reduce((sum, mean) => sum + (mean - loss) ** 2, 0) / Math.max(1, repeats - 1),
  );
  return { loss, error: errorOf(means, loss, horizon), deviation: repeats === 1 ? null : deviation };
}

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

/** Of the mean over all rows, by blocks of rows that may depend on each other. */
function errorOf(of: readonly Float64Array[], mean: number, horizon: number): number {
  let [squares, blocks, rows] = [0, 0, 0];
  for (const losses of of) {
    const block = blockLength(losses.length, horizon);
    for (let from = 0; from < losses.length; from += block) {
      const own = losses.subarray(from, from + block);
      squares += (total(own) - own.length * mean) ** 2;
      blocks += 1;
    }
    rows += losses.length;
  }
  return Math.sqrt((squares * blocks) / Math.max(1, blocks - 1)) / rows;
}
