// The catalogue of features as plain data: what the setting `features` may name, and docs/features.md shows.
// Formulas are in packages/strategies/src/features; a test there holds the two together.
import type { ParamSpecs } from './specs.ts';

/** Features that differ by a number of bars, or a single one. */
export interface FeatureFamily {
  /** A feature's name; one that ends in `_N` stands for one feature of each of `periods`. */
  readonly name: string;
  readonly periods?: readonly number[];
  /** Bars that a row looks at, its own included: `n` · N + `plus`. */
  readonly bars: { readonly n: number; readonly plus: number };
  /** What it is, in words and Markdown. */
  readonly formula: string;
  /** Whose users know it, and what they call it. */
  readonly source: string;
}

/** One feature by its name. */
export interface FeatureFacts {
  readonly name: string;
  /** `name` of its family. */
  readonly family: string;
  /** Its N; 0 where its family has none. */
  readonly period: number;
  /** Bars that a row looks at, its own included. */
  readonly window: number;
}

const fixed = (plus: number) => ({ n: 0, plus });
const perN = (n: number, plus: number) => ({ n, plus });
const alphaPeriods = [5, 10, 20, 30, 60];
const own = 'ours';

const ours: readonly FeatureFamily[] = [
  {
    name: 'return_N',
    periods: [1, 2, 5, 10, 20],
    bars: fixed(21),
    formula: 'log return over N bars, over volatility_20 · √N',
    source: own,
  },
  {
    name: 'gap',
    bars: fixed(21),
    formula: 'log of the open over the close before, over volatility_20',
    source: own,
  },
  {
    name: 'volatility_20',
    bars: fixed(21),
    formula: 'root mean square of the last 20 one-bar log returns',
    source: own,
  },
  {
    name: 'volatility_ratio',
    bars: fixed(21),
    formula: 'the same of 5 bars, over volatility_20',
    source: own,
  },
  {
    name: 'atr_14',
    bars: fixed(15),
    formula: 'mean true range of 14 bars, over the close',
    source: 'average true range, on a plain mean',
  },
  { name: 'true_range', bars: fixed(15), formula: 'true range over its mean of 14 bars', source: own },
  {
    name: 'rsi_14',
    bars: fixed(15),
    formula: 'relative strength index of 14 bars on plain means (Cutler), −1 to 1',
    source: 'FreqAI `rsi`',
  },
  {
    name: 'macd',
    bars: fixed(26),
    formula: 'linearly weighted mean of 12 closes less that of 26, in mean true ranges of 14 bars',
    source: 'MACD, on weighted means',
  },
  {
    name: 'macd_histogram',
    bars: fixed(34),
    formula: 'the same before its division, less its mean of 9 bars, in mean true ranges',
    source: 'MACD histogram, on weighted means',
  },
  {
    name: 'stochastic_k',
    bars: fixed(16),
    formula: "the close's place in the range of 14 bars, mean of 3, −1 to 1",
    source: 'slow stochastic %K',
  },
  { name: 'stochastic_d', bars: fixed(18), formula: 'its mean of 3 bars', source: 'slow stochastic %D' },
  {
    name: 'distance_20',
    bars: fixed(21),
    formula: 'log of the close over its mean of 20 bars, over volatility_20 · √20',
    source: own,
  },
  {
    name: 'efficiency_10',
    bars: fixed(11),
    formula: 'net over summed absolute log return of 10 bars, −1 to 1',
    source: "Kaufman's efficiency ratio, with its sign",
  },
  {
    name: 'volume_ratio',
    bars: fixed(20),
    formula: 'log of the volume over its mean of 20 bars; 0 without volume',
    source: own,
  },
  {
    name: 'volume_shock',
    bars: fixed(33),
    formula:
      'tanh of how many standard deviations the log of the volume lies above its mean, both of 33 bars; ' +
      '0 without volume',
    source: own,
  },
  {
    name: 'return_by_volume',
    bars: fixed(33),
    formula: 'tanh(return_1) · volume_shock: whether moves on high volume go on or turn',
    source: own,
  },
  {
    name: 'money_flow_14',
    bars: fixed(15),
    formula: 'money flow index of 14 bars, −1 to 1; 0 without volume',
    source: 'FreqAI `mfi`',
  },
  {
    name: 'body',
    bars: fixed(1),
    formula: '(close − open) / (high − low)',
    source: 'Alpha158 KMID2',
  },
  {
    name: 'close_location',
    bars: fixed(1),
    formula: '(2 · close − high − low) / (high − low)',
    source: 'Alpha158 KSFT2',
  },
  { name: 'weekday_sin', bars: fixed(1), formula: 'sine of the day of the week', source: own },
  { name: 'weekday_cos', bars: fixed(1), formula: 'its cosine', source: own },
  { name: 'hour_sin', bars: fixed(1), formula: 'sine of the time of the day, UTC', source: own },
  { name: 'hour_cos', bars: fixed(1), formula: 'its cosine', source: own },
];

const lagFormula = 'one-bar log return of N bars ago, over volatility_20';
const freqai: readonly FeatureFamily[] = [
  {
    name: 'lag_N',
    periods: [1, 2, 3, 4, 5],
    bars: fixed(21),
    formula: lagFormula,
    source: 'FreqAI `include_shifted_candles`',
  },
  {
    name: 'lag_23',
    bars: fixed(25),
    formula: lagFormula.replace('N', '23'),
    source: 'FreqAI `include_shifted_candles`',
  },
  {
    name: 'lag_24',
    bars: fixed(26),
    formula: lagFormula.replace('N', '24'),
    source: 'FreqAI `include_shifted_candles`',
  },
  {
    name: 'pct_change',
    bars: fixed(2),
    formula: 'close / close 1 bar ago − 1',
    source: 'FreqAI `pct-change`',
  },
  {
    name: 'rsi_N',
    periods: [7, 10, 20, 30],
    bars: perN(1, 1),
    formula: 'as rsi_14: (gains − losses) / (gains + losses) of the last N moves of the close',
    source: 'FreqAI `rsi`',
  },
  {
    name: 'mfi_N',
    periods: [7, 10, 20, 30],
    bars: perN(1, 1),
    formula:
      'as money_flow_14: the same of volume times typical price, ' +
      '(high + low + close) / 3, by its last N moves',
    source: 'FreqAI `mfi`',
  },
  {
    name: 'adx_N',
    periods: [7, 10, 14, 20],
    bars: perN(2, 0),
    formula:
      'mean of N bars of the absolute difference over the sum of upward and downward directional movement, ' +
      'each summed over N bars; 0 to 1',
    source: 'FreqAI `adx`, on plain means',
  },
  {
    name: 'bb_width_N',
    periods: [10, 20, 30],
    bars: perN(1, 0),
    formula: '(upper − lower) / middle of Bollinger bands: mean of N closes ± 2 population deviations',
    source: 'FreqAI `bb_width`',
  },
  {
    name: 'bb_position_N',
    periods: [10, 20, 30],
    bars: perN(1, 0),
    formula: "the close's place in these bands, 0 at the lower, 1 at the upper; 0.5 where they meet",
    source: 'FreqAI `close-bb_lower`, as %B',
  },
  {
    name: 'ema_distance_N',
    periods: [10, 20, 50],
    bars: perN(4, 0),
    formula:
      'log of the close over its exponential mean, weights (1 − 2 / (N + 1))^age, cut off after 4 · N bars',
    source: 'FreqAI `ema`',
  },
  {
    name: 'relative_volume_N',
    periods: [10, 20, 30],
    bars: perN(1, 0),
    formula: 'volume over its mean of N bars; 1 without volume',
    source: 'FreqAI `relative_volume`',
  },
  {
    name: 'day_of_week',
    bars: fixed(1),
    formula: 'Monday 0 to Sunday 6, UTC',
    source: 'FreqAI `day_of_week`',
  },
  { name: 'hour_of_day', bars: fixed(1), formula: '0 to 23, UTC', source: 'FreqAI `hour_of_day`' },
];

const alpha = (name: string, plus: number, formula: string, source: string): FeatureFamily => ({
  name: `${name}_N`,
  periods: alphaPeriods,
  bars: perN(1, plus),
  formula,
  source: `Alpha158 ${source}`,
});
const candle = (name: string, formula: string): FeatureFamily => ({
  name,
  bars: fixed(1),
  formula,
  source: `Alpha158 ${name.toUpperCase()}`,
});
const alpha158: readonly FeatureFamily[] = [
  candle('kmid', '(close − open) / open'),
  candle('klen', '(high − low) / open'),
  candle('kup', '(high − larger of open and close) / open'),
  candle('kup2', '(high − larger of open and close) / (high − low)'),
  candle('klow', '(smaller of open and close − low) / open'),
  candle('klow2', '(smaller of open and close − low) / (high − low)'),
  candle('ksft', '(2 · close − high − low) / open'),
  candle('open0', 'open / close'),
  candle('high0', 'high / close'),
  candle('low0', 'low / close'),
  alpha('roc', 1, "close N bars ago / close; FreqAI's `roc` is 100 · (1 / this − 1)", 'ROC'),
  alpha('ma', 0, 'mean of N closes / close', 'MA'),
  alpha('std', 0, 'sample standard deviation of N closes / close', 'STD'),
  alpha('beta', 0, 'slope a bar of the line fitted to N closes by time, / close', 'BETA'),
  alpha('rsqr', 0, 'R² of that line; 0 where the price stood still', 'RSQR'),
  alpha('resi', 0, "the close less that line's last point, / close", 'RESI'),
  alpha('max', 0, 'highest high of N bars / close', 'MAX'),
  alpha('min', 0, 'lowest low of N bars / close', 'MIN'),
  alpha('qtlu', 0, '0.8 quantile of N closes, interpolated, / close', 'QTLU'),
  alpha('qtld', 0, '0.2 quantile of N closes, interpolated, / close', 'QTLD'),
  alpha('rank', 0, 'share of N closes up to the last one in order; of equals the mean place', 'RANK'),
  alpha('rsv', 0, '(close − lowest low) / (highest high − lowest low) of N bars', 'RSV'),
  alpha(
    'imax',
    0,
    'place of the highest high among N bars, 1 / N the oldest to 1; of equals the oldest',
    'IMAX',
  ),
  alpha('imin', 0, 'the same of the lowest low', 'IMIN'),
  alpha('imxd', 0, 'imax_N − imin_N', 'IMXD'),
  alpha(
    'corr',
    0,
    'correlation of close and log volume over the bars of N that have volume (without the + 1 in the ' +
      'logarithm, by which it would depend on the unit of volume); 0 where either stood still',
    'CORR',
  ),
  alpha(
    'cord',
    1,
    'correlation of close / close before and log(volume / volume before + 1), likewise',
    'CORD',
  ),
  alpha('cntp', 1, 'share of the last N moves of the close that were up', 'CNTP'),
  alpha('cntn', 1, 'share that were down', 'CNTN'),
  alpha('cntd', 1, 'cntp_N − cntn_N', 'CNTD'),
  alpha('sump', 1, 'share of upward moves in the sum of the absolute last N moves of the close', 'SUMP'),
  alpha('sumn', 1, 'share of downward moves', 'SUMN'),
  alpha('sumd', 1, 'sump_N − sumn_N', 'SUMD'),
  alpha('vma', 0, 'mean volume of N bars / volume; 1 without volume', 'VMA'),
  alpha('vstd', 0, 'sample standard deviation of N volumes / volume; 0 without volume', 'VSTD'),
  alpha(
    'wvma',
    1,
    'sample standard deviation over mean of N values of volume times absolute return; 0 without volume',
    'WVMA',
  ),
  alpha('vsump', 1, 'share of rises in the sum of the absolute last N changes of volume', 'VSUMP'),
  alpha('vsumn', 1, 'share of falls', 'VSUMN'),
  alpha('vsumd', 1, 'vsump_N − vsumn_N', 'VSUMD'),
];

/** The whole catalogue, in three parts; features stand in a model in this order. */
export const featureFamilies = { ours, freqai, alpha158 } as const;

const named = (families: readonly FeatureFamily[]): FeatureFacts[] =>
  families.flatMap(({ name, periods = [0], bars: { n, plus } }) =>
    periods.map((period) => ({
      name: period === 0 ? name : name.replace(/N$/, String(period)),
      family: name,
      period,
      window: n * period + plus,
    })),
  );

/** Every feature by its name, in the catalogue's order. */
export const featureCatalogue: ReadonlyMap<string, FeatureFacts> = new Map(
  named([...ours, ...freqai, ...alpha158]).map((one) => [one.name, one]),
);

/** What a training learnt from by default before these were more, and what rl still does. */
export const olderDefaultFeatures: readonly string[] = named(ours)
  .map(({ name }) => name)
  .filter((name) => name !== 'volume_shock' && name !== 'return_by_volume');

/**
 * What a training learns from where nothing else is said. What each group is worth is measured in
 * docs/judging.md.
 */
export const defaultFeatures: readonly string[] = [
  ...named(ours).map(({ name }) => name),
  ...['lag_1', 'lag_2', 'lag_3', 'lag_4', 'lag_5', 'lag_23', 'lag_24'],
];

/** The setting that every strategy of the fleet has. */
export const featureSettings = {
  /** What the model learns from. */
  features: {
    kind: 'names',
    default: defaultFeatures,
    of: [...featureCatalogue.keys()],
    noun: 'feature',
    page: 'docs/features.md',
    aliases: {
      kmid2: 'body',
      ksft2: 'close_location',
      mfi_14: 'money_flow_14',
      open_0: 'open0',
      high_0: 'high0',
      low_0: 'low0',
    },
  },
} as const satisfies ParamSpecs;
