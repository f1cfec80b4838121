// How far the price goes over the next bars, as a log return: a regression, with bitcoin's bars beside the
// symbol's own. Copy the folder into strategies/, and have bars of BTC/USDT in market_data.
import type { UserStrategy } from '@ml-training/sdk';

export default {
  description: 'log return over the next bars, with BTC/USDT beside the own bars',
  learner: 'ensemble',
  scope: 'symbol',
  // The longest look back: a return over `lookahead` bars, standardised over 20 of them.
  window: ({ lookahead }) => lookahead + 20,
  // Each value is the one of BTC's last bar that had closed at the close of the own bar.
  inputs: [{ symbol: 'BTC/USDT' }],
  params: { lookahead: { default: 12, min: 1, max: 200 } },
  // A position is taken where the expected return is larger than the costs of a round trip.
  settings: { num_boost_round: 100, forest_trees: 50, cost_bps: 5, band: 0.001 },
  label: { kind: 'regression', of: 'log_return', horizon: ({ lookahead }) => lookahead },
  features: ({ bars, inputs: [btc], ta, params }) => {
    const own = ta.logReturn(bars.close, params.lookahead);
    const other = ta.logReturn(btc.close, params.lookahead);
    return {
      own: ta.zscore(own, 20),
      btc: ta.zscore(other, 20),
      // What bitcoin has done and the symbol has not, yet.
      lead: other.map((value, t) => value - own[t]),
      rsi: ta.rsi(bars.close, Math.min(14, params.lookahead + 5)),
      volatility: ta.volatility(bars.close, 19),
    };
  },
} satisfies UserStrategy;
