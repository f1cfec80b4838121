// Models: missing, stale, worse than naive rules, not taken.
import { ALL_SYMBOLS, strategyOf, type StrategyType } from '@ml-training/sdk';
import { jobOf, nameOf, scoreOf, whyLeftOut } from '../cells.ts';
import {
  counted,
  item,
  modelPage,
  named,
  open,
  seconds,
  shown,
  staleAfterPeriods,
  type Rule,
} from './rule.ts';

export const modelsMissing: Rule = ({ cells, open: opened, failed, leftOut }) => {
  const opens = new Set(opened.map(({ strategy_type, symbol }) => nameOf(strategy_type, symbol)));
  const fails = new Set(failed.map(({ strategy_type, symbol }) => nameOf(strategy_type, symbol)));
  const missing = cells.filter(({ planned, model, strategy_type, symbol }) => {
    const job = jobOf(strategy_type, symbol);
    // What is under way, has failed or was left out is told of by itself.
    return (
      planned &&
      model === null &&
      !opens.has(job) &&
      !fails.has(job) &&
      whyLeftOut(leftOut, strategy_type, symbol) === null
    );
  });
  const never = missing.filter(({ last }) => last === null);
  const below = missing.filter(({ last }) => last?.below_floor === true);
  const refused = missing.filter(({ last }) => last?.below_floor === false);
  const [one] = below;
  const first = never[0];
  return [
    ...(first === undefined
      ? []
      : [
          item(
            'model-missing',
            'warning',
            `${counted(never.length, 'pair')} without a model`,
            `never trained: ${named(never.map(({ strategy_type, symbol }) => nameOf(strategy_type, symbol)))}`,
            null,
            never.length === 1
              ? {
                  do: 'train',
                  strategy_type: first.strategy_type,
                  symbol: strategyOf(first.strategy_type).scope === 'all' ? null : first.symbol,
                }
              : { do: 'run' },
          ),
        ]),
    // On prices without anything to find there may be many.
    ...(one === undefined
      ? []
      : [
          item(
            'model-missing',
            'warning',
            below.length === 1
              ? `no model of ${nameOf(one.strategy_type, one.symbol)} passed the floor yet`
              : `${counted(below.length, 'pair')} without a model: none passed the floor yet`,
            below.length === 1
              ? one.last!.decision
              : `each was worse than knowing nothing, and each training is judged anew: ` +
                  named(below.map(({ strategy_type, symbol }) => nameOf(strategy_type, symbol))),
            new Date(one.last!.created_at),
            below.length === 1 ? modelPage(one.last!.model_id) : open('see the models', '/models'),
          ),
        ]),
    ...refused.map(({ strategy_type, symbol, last }) =>
      item(
        'model-missing',
        'warning',
        `${strategy_type} ${symbol} has no model in use`,
        last!.decision,
        new Date(last!.created_at),
        modelPage(last!.model_id),
      ),
    ),
  ];
};

export const modelsStale: Rule = ({ now, planned, trainings, period, newestBars, open: opened, failed }) => {
  if (period === null) return [];
  const busy = new Set(
    [...opened, ...failed].map(({ strategy_type, symbol }) => nameOf(strategy_type, symbol)),
  );
  const last = new Map(trainings.map((one) => [nameOf(one.strategy_type, one.symbol), one]));
  const stale = planned.flatMap(({ strategy_type, symbol }) => {
    const name = nameOf(strategy_type, symbol);
    const training = last.get(name);
    if (training === undefined || busy.has(name)) return [];
    if (seconds(training.completed_at, now) < staleAfterPeriods * period) return [];
    const symbols = symbol === ALL_SYMBOLS ? Object.keys(training.newest_bars ?? {}) : [symbol];
    // Without a new bar there is nothing to learn.
    const hasNew = symbols.some((one) => {
      const seen = training.newest_bars?.[one];
      const newest = newestBars.get(one);
      return newest !== undefined && (seen === undefined || newest.getTime() > Date.parse(seen));
    });
    return hasNew ? [{ name: `${strategy_type} ${shown(symbol)}`, at: training.completed_at }] : [];
  });
  if (stale.length === 0) return [];
  const oldest = stale.reduce((a, b) => (a.at < b.at ? a : b));
  return [
    item(
      'model-stale',
      'warning',
      `${counted(stale.length, 'pair')} not trained lately`,
      `there are new bars, and no training for more than ${staleAfterPeriods} runs: ` +
        named(stale.map(({ name }) => name)),
      oldest.at,
      { do: 'run' },
    ),
  ];
};

export const modelsBelow: Rule = ({ cells }) =>
  cells.flatMap(({ model, strategy_type, symbol, has_previous }) =>
    model === null || model.high === null || model.high >= 0
      ? []
      : [
          item(
            'model-below-rules',
            'warning',
            `${strategy_type} ${symbol} is below ${ruleWords(model.rule)}`,
            `beyond noise, on the ${model.rows ?? 'few'} bars of its holdout: ` +
              `${inUnits(strategy_type, model.difference!)} ` +
              `(95 % ${inUnits(strategy_type, model.low!)} to ${inUnits(strategy_type, model.high)})`,
            model.activated_at === null ? null : new Date(model.activated_at),
            modelPage(model.model_id),
            ...(has_previous ? [{ do: 'roll-back' as const, strategy_type, symbol }] : []),
          ),
        ],
  );

export const modelsBelowLive: Rule = ({ cells }) =>
  cells.flatMap(({ model, strategy_type, symbol, has_previous }) =>
    model?.live?.verdict !== 'below'
      ? []
      : [
          item(
            'model-below-live',
            'warning',
            `${strategy_type} ${symbol} is below the naive rule on new bars`,
            model.live.note ?? `worse beyond noise on ${counted(model.live.rows, 'bar')} since its training`,
            model.activated_at === null ? null : new Date(model.activated_at),
            modelPage(model.model_id),
            ...(has_previous ? [{ do: 'roll-back' as const, strategy_type, symbol }] : []),
          ),
        ],
  );

export const modelsNotScored: Rule = ({ cells }) =>
  cells.flatMap(({ model, strategy_type, symbol }) =>
    model?.live?.verdict !== 'unknown'
      ? []
      : [
          item(
            'model-not-scored',
            'note',
            `${strategy_type} ${symbol} could not be scored on new bars`,
            model.live.note ?? 'no reason is known',
            null,
            modelPage(model.model_id),
          ),
        ],
  );

export const promotionsRefused: Rule = ({ cells }) =>
  cells.flatMap(({ model, last, strategy_type, symbol }) => {
    // The model in use being newer, as after a promotion by hand of an older one, is somebody's wish.
    // The same model once more asks for nobody.
    if (model === null || last === null || last.promoted || last.learnt_nothing) return [];
    if (model.activated_at !== null && model.activated_at >= last.created_at) return [];
    return [
      item(
        'promotion-refused',
        'note',
        `${strategy_type} ${symbol}: the new model is not in use`,
        last.decision,
        new Date(last.created_at),
        modelPage(last.model_id),
      ),
    ];
  });

const ruleWords = (rule: string | null): string => (rule ?? 'its naive rules').replaceAll('_', ' ');
const inUnits = (strategy: StrategyType, value: number): string => {
  const score = scoreOf(strategy);
  const text =
    score === 'return'
      ? `${(100 * value).toFixed(1)} %`
      : score === 'rmse'
        ? value.toPrecision(2)
        : value.toFixed(4);
  return text.replace('-', '−');
};
