// What a training hands over to be saved. Of the whole model only its state may be large; all else is small and fixed.

interface Options {
  readonly strategyType?: string;
  readonly jobId?: string;
  /** Of its state. */
  readonly bytes?: number;
}

/** A model of one symbol. */
export function someModel(
  symbol: string,
  { strategyType = 'lstm', jobId = someJobId, bytes = 64 }: Options = {},
) {
  return {
    strategy_type: strategyType,
    symbol,
    ...artefactOf(strategyType, [symbol], bytes),
    ...ofSymbol(symbol, jobId),
  };
}

/** A model over several symbols. */
export function someSharedModel(
  symbols: readonly string[],
  { strategyType = 'ensemble', jobId = someJobId, bytes = 64 }: Options = {},
) {
  return {
    strategyType,
    artefact: artefactOf(strategyType, symbols, bytes),
    metrics: { accuracy: 0.5 },
    lineage: { job_id: jobId, generation: 3, ...span },
    symbols: new Map(symbols.map((symbol) => [symbol, ofSymbol(symbol, jobId)])),
  };
}

const someJobId = 'b4b6e2a1-0000-4000-8000-000000000001';
const span = { data_from: '2023-01-01T00:00:00.000Z', data_to: '2023-12-31T00:00:00.000Z' };

const artefactOf = (strategyType: string, symbols: readonly string[], bytes: number) => ({
  model_state: {
    [strategyType]: { dtype: 'uint8', shape: [bytes], data: new Uint8Array(bytes).fill(5) },
    scaler: { mean: [0.5], std: [2] },
  },
  feature_names: ['return_1', 'rsi_14'],
  features_hash: 'c0ffee',
  window: 60,
  label: { kind: 'direction' as const, horizon: 1 },
  params: { units: 50 },
  fitted_spans: symbols.map((symbol) => ({ symbol, part: 'train' as const, start: 0, end: 1 })),
});

/** Other scores and another id for each symbol. */
const ofSymbol = (symbol: string, jobId: string) => ({
  metrics: { accuracy: symbol.length / 10 },
  lineage: {
    job_id: jobId,
    model_id: `the model of ${symbol}`,
    parent_model_id: null,
    generation: 3,
    ...span,
    data_sha256: 'ab'.repeat(32),
  },
});
