import { setTimeout as sleep } from 'node:timers/promises';
import { loadPlaces, type StrategyType } from '@ml-training/core';
import {
  loadRegistered,
  type Answer,
  type BarsInput,
  type Besides,
  type Holding,
  type LoadedModel,
  type ModelInfo,
} from '@ml-training/inference';
import { complainOnce } from './complain.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { askRegistry } from './registry.ts';
import { watchPromotions } from './watch.ts';

export interface OpenOptions {
  readonly strategy: StrategyType;
  readonly symbol: string;
  /** Default: REDIS_URL of the environment, else redis://redis:6379. */
  readonly redisUrl?: string;
  /** Default: DATABASE_URL of the environment, else compose's. */
  readonly databaseUrl?: string;
  /** Where the model files are; default: MODEL_DIR of the environment, else `models`. */
  readonly modelDir?: string;
  /**
   * Where the strategies of your own are, whose models need their code; default: STRATEGIES_DIR, else
   * `strategies`.
   */
  readonly strategiesDir?: string;
  /**
   * How long to go on trying for a first model, while there
   * is none or the database still starts; default 0 ms.
   */
  readonly waitMs?: number;
  /** How often the registry is looked at besides; default 60,000 ms. */
  readonly everyMs?: number;
  /** Another model answers from now on. */
  readonly onReload?: (now: ModelInfo, before: ModelInfo) => void;
  /**
   * Something is wrong, and the model at hand goes on answering: a new file that can't be loaded, a server
   * out of reach. Told once, not at every try. Default: a warning of the process.
   */
  readonly onError?: (error: Error) => void;
}

export interface OpenModel {
  /** The model that answers now. */
  readonly info: ModelInfo;
  /**
   * See LoadedModel.predict. A prediction under way while models change is answered by the one it began with.
   */
  readonly predict: (bars: BarsInput, holding?: Holding, besides?: Besides) => Promise<Answer>;
  /** Stops listening, waits for predictions under way, and leaves nothing open. */
  readonly close: () => Promise<void>;
}

const waitEveryMs = 1000;

/**
 * Opens the model in use of a strategy and symbol, and changes over whenever another one is promoted.
 * @throws FleetError CONFIG_INVALID; and when `waitMs` is over NO_ACTIVE_MODEL, REGISTRY_UNREACHABLE,
 *   MODEL_FILE_MISSING, MODEL_FILE_INVALID; StrategyError INVALID_MODEL
 */
export async function openModel(options: OpenOptions): Promise<OpenModel> {
  const { strategy, symbol, waitMs = 0, everyMs = 60_000 } = options;
  const { onReload = () => undefined, onError = (error: Error) => process.emitWarning(error) } = options;
  const places = loadPlaces({
    REDIS_URL: options.redisUrl,
    DATABASE_URL: options.databaseUrl,
    MODEL_DIR: options.modelDir,
    STRATEGIES_DIR: options.strategiesDir,
  });
  const pair = { strategy, symbol };
  let closed = false;
  let current = await firstModel(waitMs, async () =>
    loadRegistered(places.MODEL_DIR, await askRegistry(places.DATABASE_URL, pair), places.STRATEGIES_DIR),
  );

  const registry = complainOnce(onError);
  const look = oneAtATime(async () => {
    try {
      const row = await askRegistry(places.DATABASE_URL, pair);
      if (row.model_id !== current.info.modelId) {
        const next = await loadRegistered(places.MODEL_DIR, row, places.STRATEGIES_DIR);
        if (closed) {
          await next.retire();
          return;
        }
        const before = current;
        current = next;
        void before.retire();
        onReload(next.info, before.info);
      }
      registry.well();
    } catch (error) {
      registry.failed(error);
    }
  });
  // It looks once it listens, so that a promotion since the first model was read is not missed either.
  const watch = watchPromotions(places.REDIS_URL, pair, everyMs, look.run, complainOnce(onError));

  return {
    get info() {
      return current.info;
    },
    predict: (bars, holding, besides) => current.predict(bars, holding, besides),
    close: async () => {
      closed = true;
      watch.stop();
      await look.settled();
      await current.retire();
    },
  };
}

async function firstModel(waitMs: number, load: () => Promise<LoadedModel>): Promise<LoadedModel> {
  const end = performance.now() + waitMs;
  for (;;) {
    try {
      return await load();
    } catch (error) {
      const left = end - performance.now();
      if (left <= 0) throw error;
      await sleep(Math.min(waitEveryMs, left));
    }
  }
}
