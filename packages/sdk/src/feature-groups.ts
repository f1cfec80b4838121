// Features that say much the same, by what they are of: where one is taken away, another of its group often
// stands in for it, so what a group is worth is more than what its features are worth one by one.
import { featureCatalogue } from './features.ts';

/** Families of the catalogue by group; each stands in one. */
const families = {
  'single returns': ['lag_N', 'lag_23', 'lag_24', 'return_1', 'pct_change'],
  'returns and trend': [
    ...['return_N', 'distance_20', 'efficiency_10', 'macd', 'macd_histogram', 'adx_N', 'ema_distance_N'],
    ...['roc_N', 'ma_N', 'beta_N', 'rsqr_N', 'resi_N'],
  ],
  'place in the range': [
    ...['rsi_14', 'stochastic_k', 'stochastic_d', 'rsi_N', 'bb_position_N', 'max_N', 'min_N', 'qtlu_N'],
    ...['qtld_N', 'rank_N', 'rsv_N', 'imax_N', 'imin_N', 'imxd_N'],
    ...['cntp_N', 'cntn_N', 'cntd_N', 'sump_N', 'sumn_N', 'sumd_N'],
  ],
  volatility: ['volatility_20', 'volatility_ratio', 'atr_14', 'true_range', 'bb_width_N', 'std_N'],
  volume: [
    ...['volume_ratio', 'volume_shock', 'return_by_volume', 'money_flow_14', 'mfi_N', 'relative_volume_N'],
    ...['corr_N', 'cord_N', 'vma_N', 'vstd_N', 'wvma_N', 'vsump_N', 'vsumn_N', 'vsumd_N'],
  ],
  "the bar's shape": [
    'gap',
    'body',
    'close_location',
    'kmid',
    'klen',
    'kmid2',
    'kup',
    'kup2',
    'klow',
    'klow2',
    'open0',
    'high0',
    'low0',
    'ksft',
    'ksft2',
  ],
  calendar: ['weekday_sin', 'weekday_cos', 'hour_sin', 'hour_cos', 'day_of_week', 'hour_of_day'],
} as const;

const groupOfFamily = new Map<string, string>(
  Object.entries(families).flatMap(([group, names]) => names.map((name) => [name, group] as const)),
);

/** What a feature of the catalogue is of; null of any other, such as those of a user's own strategy. */
export function featureGroupOf(name: string): string | null {
  const facts = featureCatalogue.get(name);
  return facts === undefined ? null : (groupOfFamily.get(name) ?? groupOfFamily.get(facts.family) ?? null);
}
