// Which barrier the price passes first: one above, one below, or none before the time is up (López de Prado,
// "Advances in Financial Machine Learning", 2018, ch. 3): three classes, with the own bars in a coarser step
// beside them. Made for hourly bars; copy the folder into strategies/.
import type { UserStrategy } from '@ml-training/sdk';

export default {
  description: 'triple barrier on hourly bars, with 4-hour bars beside them',
  learner: 'lightgbm',
  scope: 'symbol',
  // 16 closed bars of 4 hours, and up to 4 hours of the one that has not closed.
  window: 72,
  // Bars of 4 hours, made of the own ones; a row looks at those that had closed.
  inputs: [{ resample: '4h' }],
  settings: { num_boost_round: 200, cost_bps: 1 },
  label: {
    kind: 'triple_barrier',
    horizon: 24,
    // In deviations of the one-bar log return over the last 48 bars, which are known at the row.
    upper: 4,
    lower: 4,
    window: 48,
  },
  features: ({ bars, inputs: [coarse], ta }) => {
    const slow = ta.volatility(bars.close, 48);
    return {
      return_1: ta.logReturn(bars.close, 1),
      return_12: ta.logReturn(bars.close, 12),
      volatility: ta.volatility(bars.close, 24),
      squeeze: ta.volatility(bars.close, 6).map((fast, t) => fast - slow[t]),
      // At their own pace: of 14 bars of 4 hours, laid to the own bars.
      coarse_rsi: coarse.join(ta.rsi(coarse.bars.close, 14)),
      coarse_return: coarse.join(ta.logReturn(coarse.bars.close, 6)),
    };
  },
} satisfies UserStrategy;
