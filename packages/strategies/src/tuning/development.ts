import type { Bars, Plain, Strategy } from '../strategy.ts';
import { sliceBars } from '../features/index.ts';

/**
 * The bars that a search may look at: of each symbol those up to the end of the last label that a training of
 * now would be fitted or chosen on. Its holdout comes after, so that the training is judged on what no search
 * has seen. A symbol that such a training can learn nothing from is left out.
 * @param job the bars that a training of now is given
 * @param longer the same symbols' bars, which may begin sooner
 */
export function developmentBars(
  strategy: Strategy,
  job: readonly Bars[],
  longer: readonly Bars[],
  params: Readonly<Record<string, Plain>>,
): { readonly bars: readonly Bars[]; readonly trainBars: number } {
  const { symbols, horizon } = strategy.prepare(job, params);
  const lasts = new Map(
    symbols.flatMap(({ symbol, train, validation }) => {
      const last = Math.max(train.rows.at(-1) ?? -1, validation.rows.at(-1) ?? -1);
      return last === -1 ? [] : [[symbol, last + horizon] as const];
    }),
  );
  const bars = longer.flatMap((one) => {
    const last = lasts.get(one.symbol);
    const own = job.find(({ symbol }) => symbol === one.symbol);
    if (last === undefined || own === undefined) return [];
    const end = own.time[last]!;
    const after = one.time.findIndex((time) => time > end);
    return [sliceBars(one, { from: 0, to: after === -1 ? one.time.length : after })];
  });
  return { bars, trainBars: Math.max(...[...lasts.values()].map((last) => last + 1)) };
}

/** The newest `count` bars. */
export const lastRows = (bars: Bars, count: number): Bars =>
  sliceBars(bars, { from: Math.max(0, bars.time.length - count), to: bars.time.length });
