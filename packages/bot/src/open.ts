import { setTimeout as sleep } from 'node:timers/promises';
import { ageLimitsOf, FleetError, loadPlaces, type LiveScore, type StrategyType } from '@ml-training/core';
import {
  loadRegistered,
  type Answer,
  type BarsInput,
  type Besides,
  type Explanation,
  type Holding,
  type LoadedModel,
  type ModelInfo,
} from '@ml-training/inference';
import { complainOnce } from './complain.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { askRegistry, type InUse } from './registry.ts';
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
   * An S3-compatible store that models are in, as s3://bucket/prefix; default: MODEL_STORE of the environment,
   * unless `modelDir` is given. Its server and credentials are those of the environment.
   */
  readonly modelStore?: string;
  /**
   * Where the strategies of your own are, whose models need their code; default: STRATEGIES_DIR, else
   * `strategies`.
   */
  readonly strategiesDir?: string;
  /**
   * How old the model in use and the newest bar may be, as `7d`, `36h` or `off`: beyond that `predict`
   * refuses with MODEL_TOO_OLD or BARS_TOO_OLD. Default: MAX_MODEL_AGE and MAX_BAR_AGE of the environment,
   * else off.
   */
  readonly maxModelAge?: string;
  readonly maxBarAge?: string;
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
   * @throws as that; FleetError NO_ACTIVE_MODEL when the model was taken out of use without another
   */
  readonly predict: (bars: BarsInput, holding?: Holding, besides?: Besides) => Promise<Answer>;
  /** See LoadedModel.explain. @throws as `predict` */
  readonly explain: (bars: BarsInput, holding?: Holding, besides?: Besides) => Promise<Explanation>;
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
    MODEL_STORE: options.modelStore,
    STRATEGIES_DIR: options.strategiesDir,
    MAX_MODEL_AGE: options.maxModelAge,
    MAX_BAR_AGE: options.maxBarAge,
  });
  const limits = ageLimitsOf(places);
  const pair = { strategy, symbol };
  let closed = false;
  const load = async ({ row, live }: InUse): Promise<Opened> => {
    const known: Opened['known'] = { live };
    const options = { limits, live: () => known.live };
    const model = await loadRegistered(places, row, places.STRATEGIES_DIR, options);
    return { model, known };
  };
  let current = await firstModel(waitMs, async () => load(await askRegistry(places.DATABASE_URL, pair)));
  // The registry says that the pair has no model in use (any more).
  let gone: FleetError | null = null;

  const registry = complainOnce(onError);
  const look = oneAtATime(async () => {
    try {
      const inUse = await askRegistry(places.DATABASE_URL, pair);
      if (inUse.row.model_id === current.model.info.modelId) current.known.live = inUse.live;
      else {
        const next = await load(inUse);
        if (closed) {
          await next.model.retire();
          return;
        }
        const before = current.model;
        current = next;
        void before.retire();
        onReload(next.model.info, before.info);
      }
      gone = null;
      registry.well();
    } catch (error) {
      if (error instanceof FleetError && error.code === 'NO_ACTIVE_MODEL') gone = error;
      registry.failed(error);
    }
  });
  // It looks once it listens, so that a promotion since the first model was read is not missed either.
  const watch = watchPromotions(places.REDIS_URL, pair, everyMs, look.run, complainOnce(onError));

  return {
    get info() {
      return current.model.info;
    },
    predict: async (bars, holding, besides) => {
      if (gone !== null) throw gone;
      return current.model.predict(bars, holding, besides);
    },
    explain: async (bars, holding, besides) => {
      if (gone !== null) throw gone;
      return current.model.explain(bars, holding, besides);
    },
    close: async () => {
      closed = true;
      watch.stop();
      await look.settled();
      await current.model.retire();
    },
  };
}

/** A model, and what becomes known of it while it is open. */
interface Opened {
  readonly model: LoadedModel;
  readonly known: { live: LiveScore | null };
}

async function firstModel<T>(waitMs: number, load: () => Promise<T>): Promise<T> {
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
