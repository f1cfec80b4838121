import {
  applyScaler,
  fittedSpans,
  scalerToPlain,
  directionLabels,
  withSpansOf,
} from '../evaluation/index.ts';
import { featureNames, featuresHash, featureWindow } from '../features/index.ts';
import { readParams } from '../params.ts';
import { StrategyError } from '../errors.ts';
import type { Artefact, Bars, Plain, Preparation, TrainContext, Trained, TrainRequest } from '../strategy.ts';
import { fitEnsemble } from './fit.ts';
import { formerOf } from './former.ts';
import type { Former } from './former.ts';
import { judgeHoldouts } from './report.ts';
import { yieldToEventLoop } from '../yield.ts';
import { poolScaler, poolSymbols } from './dataset.ts';
import type { LabelledRows, Pool, SymbolRows } from './dataset.ts';
import { ensembleSettings as settings } from '@ml-training/sdk';
import type { EnsembleSettings as Settings } from '@ml-training/sdk';

/** What `train` starts from; see `Strategy.prepare`. */
export function prepare(allBars: readonly Bars[], given?: TrainRequest['params']): Preparation {
  const params = readParams(settings, given, 'ensemble');
  const pool = poolSymbols(allBars, params);
  return {
    scaler: poolScaler(pool),
    symbols: pool.symbols.map((symbol) => describePart(symbol, params.horizon)),
  };
}

function describePart({ bars, table, purged }: SymbolRows, horizon: number): Preparation['symbols'][number] {
  const labels = directionLabels(bars.close, horizon);
  const features = new Float64Array(purged.train.length * table.cols);
  purged.train.forEach((t, r) =>
    features.set(table.data.subarray(t * table.cols, (t + 1) * table.cols), r * table.cols),
  );
  return {
    symbol: bars.symbol,
    train: { rows: purged.train, features, labels: Uint8Array.from(purged.train, (t) => labels[t]!) },
    validation: { rows: purged.validation },
    holdout: purged.holdout,
  };
}

/** Trains one model over all symbols, from the one in use where that can be, and judges it on each symbol's holdout. */
export async function train(request: TrainRequest, context: TrainContext): Promise<Trained> {
  const params = readParams(settings, request.params, 'ensemble');
  if (request.bars.length === 0) throw new StrategyError('TOO_FEW_BARS', 'the ensemble was given no symbol');
  context.progress(0, 'features');
  const pool = poolSymbols(request.bars, params);
  await yieldToEventLoop(context.signal);
  const found = formerOf(request.champion, pool.symbols, params);
  const { former } = found;
  const scaler = former?.scaler ?? poolScaler(pool);
  const scaled = (part: LabelledRows): LabelledRows => ({ ...part, data: applyScaler(scaler, part.data) });

  const fitted = await fitEnsemble(
    { train: scaled(pool.train), validation: scaled(pool.validation) },
    {
      ...{ featureNames, context, seed: request.seed, threads: request.threads },
      settings: former === null ? params : furtherRounds(params, former),
      ...(former === null ? {} : { initModel: former.text }),
    },
  );
  const own = pool.symbols.flatMap(({ bars, purged }) => fittedSpans(bars, params.horizon, purged));
  const artefact: Artefact = {
    model_state: { ensemble: fitted.state, scaler: scalerToPlain(scaler, featureNames) },
    feature_names: featureNames,
    features_hash: featuresHash,
    window: featureWindow,
    label: { kind: 'direction', horizon: params.horizon },
    params,
    fitted_spans: former === null ? own : withSpansOf(own, former.fittedSpans),
  };
  context.progress(0.95, 'judging');
  const { symbols, members, predictions } = await judgeHoldouts(artefact, scaler, pool.symbols, {
    settings: params,
    seed: request.seed,
    signal: context.signal,
  });
  await yieldToEventLoop(context.signal);
  context.progress(1, 'done');
  return {
    artefact,
    report: {
      symbols,
      details: { ...fitted.details, holdout_of_members: members, ...describePool(pool) },
      lineage:
        found.former === null
          ? { continued: false, reason: found.reason }
          : { continued: true, reason: describeFormer(found.former, fitted.members[0]!.rounds) },
    },
    predictions,
  };
}

const furtherRounds = (params: Settings, { trees }: Former): Settings => ({
  ...params,
  num_boost_round: Math.min(params.warm_start_rounds, params.max_boosted_trees - trees),
});

function describeFormer({ trees }: Former, kept: number): string {
  const added = kept - trees;
  const more = added === 0 ? 'none more, since none lowered the validation loss' : `${added} more`;
  return `boosting goes on from the ${trees} trees of the model in use with ${more}; the other members are fitted anew`;
}

/** How many rows each part has, how many were given up to keep symbols apart, and which symbols were left out. */
function describePool(pool: Pool): { readonly [name: string]: Plain } {
  const describe = ({ split, purged }: SymbolRows): Plain => ({
    train_rows: purged.train.length,
    validation_rows: purged.validation.length,
    holdout_rows: purged.holdout.to - purged.holdout.from,
    purged_train_rows: split.train.to - split.train.from - purged.train.length,
    purged_validation_rows: split.validation.to - split.validation.from - purged.validation.length,
    purged_holdout_rows: split.holdout.to - split.holdout.from - (purged.holdout.to - purged.holdout.from),
  });
  return {
    rows: Object.fromEntries(pool.symbols.map((symbol) => [symbol.bars.symbol, describe(symbol)])),
    left_out: pool.leftOut,
  };
}
