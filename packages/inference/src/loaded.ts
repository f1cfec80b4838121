import {
  FleetError,
  freshnessOf,
  type AgeLimits,
  type Freshness,
  type LiveScore,
  type ModelContent,
  type StrategyType,
} from '@ml-training/core';
import type { Account, Bars, Explanation, Needs } from '@ml-training/strategies';
import { sharedPredictor } from './artefact.ts';
import { requireFit } from './fit.ts';
import { lastBars, lastBarsWith, type BarsInput, type InputsGiven } from './bars.ts';
import { inWords, meaningOf } from './says.ts';

/** Which model answers. */
export interface ModelInfo {
  readonly modelId: string;
  readonly strategy: StrategyType;
  readonly symbol: string;
  /** As the registry has it, or as it was given. */
  readonly filePath: string;
  /** When it was registered; of a file alone when that was written. */
  readonly createdAt: Date;
  /** Bars a prediction looks at; more are welcome, fewer refused. */
  readonly window: number;
  /** Bars ahead that it speaks of. */
  readonly horizon: number;
  /** What the `score` of its answers is, in words. */
  readonly score: string;
  /** What it looks at besides the symbol's own bars; nothing when left out. */
  readonly needs?: Needs;
}

/** What is held now, as the position to take depends on it; flat when left out. */
export type Holding = Partial<Account>;

export interface Answer extends Freshness {
  /**
   * Of a model that tells up from down, as all built-in ones but rl: that the close `horizon` bars later is
   * above the last bar's. Null of any other model.
   */
  readonly probability: number | null;
  /** Of a model of several classes: that of each by its name. Else null. */
  readonly probabilities: Readonly<Record<string, number>> | null;
  /**
   * The number that the model ranks bars by: its probability; of several classes the position to be
   * expected, -1 to 1; of a regression the expected label; of rl its preference for long over short, 0 to 1,
   * which is no probability.
   */
  readonly score: number;
  /** The same as a line for people. */
  readonly says: string;
  readonly action: 'short' | 'flat' | 'long';
  /** The same as a number: −1, 0, 1. */
  readonly position: -1 | 0 | 1;
  readonly modelId: string;
  /** Of the bar that the answer is given at the close of. */
  readonly time: Date;
}

/** What a model looks at besides, as its `info.needs` says. */
export interface Besides {
  readonly inputs?: InputsGiven;
}

export interface LoadedModel {
  readonly info: ModelInfo;
  /**
   * @param besides of a strategy that looks at other symbols as well: their bars, which reach back as far as
   *   those of the symbol do
   * @throws FleetError TOO_FEW_BARS, BARS_INVALID, BARS_UNCLOSED, BARS_OTHER_INTERVAL, POSITION_INVALID; MODEL_TOO_OLD, BARS_TOO_OLD;
   *   StrategyError INVALID_BARS for prices that can't be
   */
  readonly predict: (bars: BarsInput, holding?: Holding, besides?: Besides) => Promise<Answer>;
  /**
   * Why it says what `predict` says of the same bars: what each feature of the last bar counts for.
   * @throws as `predict`, but for the age of model and bars
   */
  readonly explain: (bars: BarsInput, holding?: Holding, besides?: Besides) => Promise<Explanation>;
  /** Frees it, once the predictions under way have ended; the promise settles then. */
  readonly retire: () => Promise<void>;
}

/** What is known of a model besides its file. */
export interface LoadOptions {
  /** As the registry has it; default: as the file has it. */
  readonly modelId?: string;
  /** As the registry has it; default: when its file was written. */
  readonly createdAt?: Date;
  /** Where the user's own strategies are, for a model that keeps no code of its own. */
  readonly strategiesDir?: string | undefined;
  /** How old it and its bars may be; any age when left out. */
  readonly limits?: AgeLimits;
  /** How it did on the bars since its training, as far as is known now; unknown when left out. */
  readonly live?: () => LiveScore | null;
}

const anyAge: AgeLimits = { model: 0, bar: 0 };

const actions = { [-1]: 'short', 0: 'flat', 1: 'long' } as const;

/**
 * Makes the content of a model file ready to answer.
 * @throws StrategyError INVALID_MODEL
 */
export async function loadModel(
  content: ModelContent,
  filePath: string,
  options: LoadOptions = {},
): Promise<LoadedModel> {
  const { modelId = content.lineage.model_id, strategiesDir, limits = anyAge } = options;
  const { createdAt = timeOf(content.timestamp), live = () => null } = options;
  const predictor = await sharedPredictor(content, strategiesDir);
  const { window, symbol } = content;
  const { needs } = predictor;
  const info: ModelInfo = {
    modelId,
    strategy: content.strategy_type,
    symbol,
    filePath,
    createdAt,
    window,
    horizon: content.label.horizon,
    score: meaningOf(predictor.label),
    ...(needs === undefined ? {} : { needs }),
  };
  const lastRow = { from: window - 1, to: window };
  const idle = Promise.withResolvers<void>();
  let underWay = 0;
  let retired = false;
  const freeWhenIdle = (): void => {
    if (!retired || underWay > 0) return;
    predictor.dispose();
    idle.resolve();
  };

  const lastOf = (bars: BarsInput, { inputs }: Besides): Bars => {
    if (retired) throw new Error(`the model ${info.modelId} was closed`);
    const last =
      needs === undefined
        ? lastBars(bars, symbol, window)
        : lastBarsWith(bars, symbol, window, { needs, inputs });
    requireFit(last, content.lineage.bars, Date.now());
    return last;
  };

  return {
    info,
    explain: async (bars, holding, besides = {}) => {
      const last = lastOf(bars, besides);
      const account = accountOf(holding);
      underWay += 1;
      try {
        return await predictor.explain(last, lastRow.from, account);
      } finally {
        underWay -= 1;
        freeWhenIdle();
      }
    },
    predict: async (bars, holding, besides = {}) => {
      const last = lastOf(bars, besides);
      const account = accountOf(holding);
      const about = { symbol, modelCreatedAt: createdAt, times: last.time, live: live(), now: Date.now() };
      const freshness = freshnessOf(about, limits);
      underWay += 1;
      try {
        const prediction = await predictor.predict(last, lastRow, account);
        const position = prediction.position[0]! as -1 | 0 | 1; // What Prediction promises.
        const { task, classes } = predictor.label;
        const score = prediction.score[0]!;
        const ofEach = prediction.probabilities;
        const probabilities =
          ofEach === undefined
            ? null
            : Object.fromEntries(classes.map((one, c) => [one.name, ofEach[c]!] as const));
        const { name, text } = inWords(predictor.label, { score, probabilities });
        return {
          probability: task === 'binary' ? score : null,
          probabilities,
          score,
          says: `${name} ${text}`,
          action: actions[position],
          position,
          modelId: info.modelId,
          time: new Date(last.time[window - 1]!),
          ...freshness,
        };
      } finally {
        underWay -= 1;
        freeWhenIdle();
      }
    },
    retire: () => {
      if (!retired) {
        retired = true;
        freeWhenIdle();
      }
      return idle.promise;
    },
  };
}

function accountOf(holding: Holding = {}): Account {
  const { position = 0 } = holding;
  // A caller in JavaScript may well pass a number of shares.
  if (![-1, 0, 1].includes(position))
    throw new FleetError(
      'POSITION_INVALID',
      `position is ${JSON.stringify(position)}, but must be -1 (short), 0 (flat) or 1 (long), ` +
        'whatever the size',
    );
  return { ...holding, position };
}

/** `YYYYMMDD_HHMMSS`, UTC. */
function timeOf(timestamp: string): Date {
  return new Date(timestamp.replace(/^(....)(..)(..)_(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6Z'));
}
