import { createHash } from 'node:crypto';

/**
 * The feature set, in column order. Every feature is free of the price's scale, so one model can learn from
 * an exchange rate and an index together, and looks at no more than its last `featureWindow` bars.
 *
 * | name | what |
 * |---|---|
 * | return_N | log return over N bars, in units of volatility_20 · √N |
 * | gap | log of the open over the previous close, in units of volatility_20 |
 * | volatility_20 | root mean square of the last 20 one-bar log returns |
 * | volatility_ratio | the same over 5 bars, over volatility_20 |
 * | atr_14 | mean true range of 14 bars over the close |
 * | true_range | this bar's true range over that mean |
 * | rsi_14 | relative strength index on plain means (Cutler), −1 to 1 |
 * | macd, macd_histogram | weighted means of 12 less 26 bars; that less its 9-bar mean; in units of the ATR |
 * | stochastic_k, stochastic_d | place of the close in the 14-bar range, smoothed 3 and 3·3 bars, −1 to 1 |
 * | distance_20 | log of the close over its 20-bar mean, in units of volatility_20 · √20 |
 * | efficiency_10 | net over summed absolute log return of 10 bars, −1 to 1 |
 * | volume_ratio | log of the volume over its mean of 20 bars; 0 where there is no volume |
 * | money_flow_14 | money flow index, −1 to 1; 0 where there is no volume |
 * | body, close_location | close less open, and the close's place, in the bar's range; −1 to 1 |
 * | weekday_*, hour_* | day of the week and time of the day (UTC) on the circle |
 *
 * Windows count bars, whatever time lies between them: nothing is filled in for a night, a weekend or bars
 * that are missing, and a return over such a gap is that from close to close. Only the calendar's features
 * look at times.
 */
export const featureNames = [
  'return_1',
  'return_2',
  'return_5',
  'return_10',
  'return_20',
  'gap',
  'volatility_20',
  'volatility_ratio',
  'atr_14',
  'true_range',
  'rsi_14',
  'macd',
  'macd_histogram',
  'stochastic_k',
  'stochastic_d',
  'distance_20',
  'efficiency_10',
  'volume_ratio',
  'money_flow_14',
  'body',
  'close_location',
  'weekday_sin',
  'weekday_cos',
  'hour_sin',
  'hour_cos',
] as const;

export type FeatureName = (typeof featureNames)[number];

/** Bars a row of features looks at, its own included: 26 of the slow mean and 8 more of the signal's. */
export const featureWindow = 34;

/**
 * To be raised with any change of what a feature is computed by, however small: models of other definitions
 * are then refused.
 */
const definitionsVersion = 1;

/**
 * Short name of a set of features: equal names in equal order, windows and definitions give equal sums. 16
 * hex digits of SHA-256.
 */
export function hashFeatures(names: readonly string[], window: number, version: number): string {
  return createHash('sha256').update(JSON.stringify({ names, window, version })).digest('hex').slice(0, 16);
}

/** Of the features that this version computes; travels with every model. */
export const featuresHash = hashFeatures(featureNames, featureWindow, definitionsVersion);
