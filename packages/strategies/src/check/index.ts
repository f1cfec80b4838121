// A look at a strategy on some bars, for whoever writes it: what its features and labels are, whether they
// pass what is looked at before every training, and how a small training of it does.
import type { ParamSpecs, Task } from '@ml-training/sdk';
import { StrategyError } from '../errors.ts';
import { checkForLeaks, implausibleInWords, type LeakageReport } from '../evaluation/index.ts';
import type { FeatureSet, FeatureTable } from '../features/index.ts';
import type { Bars, Plain, Preparation, Report, Strategy, TrainContext } from '../strategy.ts';
import { featureSummaries, labelSummary, type FeatureSummary, type LabelSummary } from './summaries.ts';

export type { FeatureSummary, LabelSummary } from './summaries.ts';

/** What is looked at, in this order; after one that fails the rest is not. */
export type CheckName = 'features' | 'window' | 'labels' | 'leaks' | 'training';

export interface Verdict {
  readonly check: CheckName;
  /** Null where nobody looked, or not to the end. */
  readonly ok: boolean | null;
  /** In words what was found. */
  readonly detail: string;
}

export interface StrategyCheck {
  readonly symbols: readonly SymbolCheck[];
  readonly window: number | null;
  readonly label: { readonly kind: string; readonly task: Task; readonly horizon: number } | null;
  readonly verdicts: readonly Verdict[];
  readonly leaks: LeakageReport | null;
  /** What somebody should look at though it passes, a sentence each. */
  readonly warnings: readonly string[];
  readonly evaluation: Evaluation | null;
}

export interface SymbolCheck {
  readonly symbol: string;
  readonly bars: number;
  readonly from: string;
  readonly to: string;
  readonly features: readonly FeatureSummary[];
  /** Rows of the parts and the labels of those that are learnt from; null where it didn't come to that. */
  readonly rows: { readonly train: number; readonly validation: number; readonly holdout: number } | null;
  readonly labels: LabelSummary | null;
}

/** A small training, judged on its holdout. */
export interface Evaluation {
  readonly seconds: number;
  /** Settings that a job's training would have larger, as [the job's, those of this one]. */
  readonly reduced: Readonly<Record<string, readonly [number, number]>>;
  readonly symbols: Report['symbols'];
}

export interface CheckOptions {
  readonly params: { readonly [name: string]: Plain };
  /** Settings and their defaults, of which some are lowered for the small training. */
  readonly settings: ParamSpecs;
  readonly seed: number;
  readonly threads: number;
  /** How long the small training may take. */
  readonly trainingMs: number;
}

type Hear = (fraction: number | null, stage: string) => void;

/** With more of these than that, a training takes longer than a look is worth. */
const quickly: Readonly<Record<string, number>> = {
  num_boost_round: 300,
  forest_trees: 100,
  epochs: 20,
  seeds: 1,
  total_timesteps: 20_000,
};

/**
 * Looks at a strategy on these bars; trains a small model, which is kept nowhere.
 * @param hear is told of what begins, and of a training's share that is done.
 * @throws whatever is no StrategyError: those are verdicts.
 */
export async function checkStrategy(
  strategy: Strategy,
  bars: readonly Bars[],
  options: CheckOptions,
  hear: Hear,
): Promise<StrategyCheck> {
  const { params, seed } = options;
  const verdicts: Verdict[] = [];
  const look = async <T>(check: CheckName, work: () => T | Promise<T>, words: (found: T) => string) => {
    if (verdicts.some(({ ok }) => ok === false)) {
      verdicts.push({ check, ok: null, detail: 'not looked at, since the one before it fails' });
      return null;
    }
    hear(null, stages[check]);
    try {
      const found = await work();
      verdicts.push({ check, ok: true, detail: words(found) });
      return found;
    } catch (error) {
      if (error instanceof TookTooLong) verdicts.push({ check, ok: null, detail: error.message });
      else if (error instanceof StrategyError) verdicts.push({ check, ok: false, detail: error.message });
      else throw error;
      return null;
    }
  };

  let features: FeatureSet | null = null;
  let summaries: readonly (readonly FeatureSummary[])[] = [];
  const tables = await look(
    'features',
    () => {
      features = strategy.features(params);
      // Before anything is refused, so that what is refused can be seen.
      summaries = bars.map((one) => summariesOf(features!, one));
      return bars.map((one) => features!.compute(one));
    },
    (found) => `${found[0]!.cols}, all finite from bar ${found[0]!.firstRow + 1} on`,
  );
  await look(
    'window',
    () => tables!.forEach((table, s) => features!.check?.(bars[s]!, table)),
    () => `the same in rows computed again of exactly ${features!.window} bars, and without later ones`,
  );
  const prepared = await look('labels', () => strategy.prepare(bars, params), labelsInWords);
  const leaks = await look('leaks', () => checkForLeaks(strategy, bars, params, seed), leaksInWords);
  const evaluation = await look(
    'training',
    () => train(strategy, bars, options, hear),
    ({ seconds }) => `trained and judged on its holdout in ${seconds.toFixed(1)} s`,
  );
  const label = prepared?.label ?? null;
  const classNames =
    label === null || label.task === 'regression' ? null : label.classes.map(({ name }) => name);
  return {
    symbols: bars.map((one, s) => {
      const parts = prepared?.symbols.find(({ symbol }) => symbol === one.symbol);
      return {
        symbol: one.symbol,
        bars: one.time.length,
        from: new Date(one.time[0] ?? 0).toISOString(),
        to: new Date(one.time.at(-1) ?? 0).toISOString(),
        features: summaries[s] ?? [],
        rows: parts === undefined ? null : rowsOf(parts),
        labels: parts === undefined ? null : labelSummary(parts.train.labels, classNames),
      };
    }),
    window: (features as FeatureSet | null)?.window ?? null,
    label: label === null ? null : { kind: label.label.kind, task: label.task, horizon: label.label.horizon },
    verdicts,
    leaks,
    warnings: [...bars.flatMap((one) => implausibleInWords(one) ?? []), ...(leaks?.warnings ?? [])],
    evaluation,
  };
}

const stages: Readonly<Record<CheckName, string>> = {
  features: 'computing features',
  window: 'computing rows again',
  labels: 'labels and parts',
  leaks: 'looking for leaks',
  training: 'training',
};

function summariesOf(features: FeatureSet, bars: Bars): FeatureSummary[] {
  const table: FeatureTable = (features.unchecked ?? features.compute)(bars);
  return featureSummaries(table, features.window - 1);
}

type Parts = Preparation['symbols'][number];

const rowsOf = ({ train, validation, holdout }: Parts) => ({
  train: train.rows.length,
  validation: validation.rows.length,
  holdout: holdout.to - holdout.from,
});

function labelsInWords({ symbols, horizon }: Preparation): string {
  const sum = (part: keyof ReturnType<typeof rowsOf>): number =>
    symbols.reduce((total, one) => total + rowsOf(one)[part], 0);
  return (
    `${sum('train')} rows to learn from, ${sum('validation')} to choose by, ${sum('holdout')} to judge on; ` +
    `no label looks further than ${horizon} ${horizon === 1 ? 'bar' : 'bars'} ahead`
  );
}

const leaksInWords = (found: LeakageReport): string =>
  [
    `${found.train_rows} training rows stayed the same when ${found.changed_bars} later bars were changed`,
    // Null where there is nothing to tell, such as labels that are all the same.
    ...(found.strongest_feature === null || found.warnings.length > 0
      ? []
      : ['no feature alone tells the label']),
    ...(found.warnings.length === 0 ? [] : ['warns: see below']),
    ...(found.shuffled_labels === null ? [] : ['shuffled labels teach nothing']),
  ].join('; ');

class TookTooLong extends Error {}

async function train(
  strategy: Strategy,
  bars: readonly Bars[],
  { params, settings, seed, threads, trainingMs }: CheckOptions,
  hear: Hear,
): Promise<Evaluation> {
  const reduced = reducedSettings(settings, params);
  const tooLong = new TookTooLong(
    `stopped after ${trainingMs / 1000} s: try fewer --bars; a job may take TRAINING_JOB_TIMEOUT`,
  );
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(tooLong), trainingMs);
  const begun = performance.now();
  const context: TrainContext = {
    signal: stop.signal,
    progress: hear,
    epoch: () => undefined,
    resume: null,
    checkpoint: () => (stop.signal.aborted ? Promise.reject(tooLong) : Promise.resolve()),
  };
  try {
    const smaller = Object.fromEntries(Object.entries(reduced).map(([name, [, value]]) => [name, value]));
    const request = { bars, params: { ...params, ...smaller }, seed, threads };
    const { report } = await strategy.train(request, context);
    return { seconds: (performance.now() - begun) / 1000, reduced, symbols: report.symbols };
  } finally {
    clearTimeout(timer);
  }
}

/** Which settings a small training lowers, from what to what. */
function reducedSettings(
  settings: ParamSpecs,
  params: { readonly [name: string]: Plain },
): Record<string, readonly [number, number]> {
  return Object.fromEntries(
    Object.entries(quickly).flatMap(([name, most]) => {
      const spec = settings[name];
      const value = params[name] ?? spec?.default;
      return spec !== undefined && typeof value === 'number' && value > most
        ? [[name, [value, most] as const]]
        : [];
    }),
  );
}
