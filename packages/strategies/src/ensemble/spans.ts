import { rowSpan } from '../evaluation/index.ts';
import type { FittedSpan, Plain } from '../strategy.ts';
import type { SymbolRows } from './pool.ts';
import { asRecord, invalid } from './voter.ts';

/** When the rows lie that the model was fitted or chosen on: for each symbol its unbroken runs, the gap before validation passed over. */
export function fittedSpans(symbols: readonly SymbolRows[]): FittedSpan[] {
  return symbols.flatMap(({ bars: { symbol }, placed: { time, horizon }, purged }) => {
    const spans: FittedSpan[] = [];
    let before = -Infinity;
    for (const t of [...purged.train, ...purged.validation]) {
      const { start, end } = rowSpan(time, horizon, t);
      const run = t - before <= horizon + 1 ? spans.pop() : undefined;
      spans.push({ symbol, start: run?.start ?? start, end });
      before = t;
    }
    return spans;
  });
}

/** The spans as `model_state.ensemble.fitted_spans` holds them. */
export const spansToPlain = (spans: readonly FittedSpan[]): Plain =>
  spans.map(({ symbol, start, end }) => ({ symbol, start, end }));

/** @throws StrategyError INVALID_MODEL when it is no list of spans. */
export function spansFromPlain(plain: Plain | undefined, where: string): FittedSpan[] {
  if (!Array.isArray(plain)) throw invalid(where, 'is no list of spans');
  return plain.map((span: Plain, i) => {
    const { symbol, start, end } = asRecord(span, `${where}[${i}]`);
    if (typeof symbol !== 'string' || !isTime(start) || !isTime(end) || end <= start)
      throw invalid(`${where}[${i}]`, 'has no symbol, start and later end');
    return { symbol, start, end };
  });
}

const isTime = (value: Plain | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value);
