import { StrategyError } from '../errors.ts';
import type { Bars } from '../strategy.ts';

const prices = ['open', 'high', 'low', 'close'] as const;

/**
 * Prices must be positive numbers, highs not below lows, and times ascend; volume may be missing.
 * Import refuses anything else, but other programs may write bars as well, and a NaN would spread in silence.
 * @throws StrategyError INVALID_BARS naming symbol, time, column and value.
 */
export function checkBars(bars: Bars): void {
  const rows = bars.close.length;
  for (const name of ['time', 'volume', ...prices] as const)
    if (bars[name].length !== rows)
      throw new StrategyError(
        'INVALID_BARS',
        `${bars.symbol} has ${rows} closes but ${bars[name].length} values of ${name}`,
      );
  for (let t = 0; t < rows; t++) {
    const time = bars.time[t]!;
    if (!Number.isFinite(time) || (t > 0 && time <= bars.time[t - 1]!))
      throw new StrategyError(
        'INVALID_BARS',
        `${bars.symbol} bar ${t} doesn't come after the bar before it in time`,
      );
    for (const name of prices) {
      const price = bars[name][t]!;
      if (!(price > 0 && price < Infinity))
        throw new StrategyError(
          'INVALID_BARS',
          `${bars.symbol} has ${name} ${price} at ${new Date(time).toISOString()}; delete or correct that bar`,
        );
    }
    const [high, low, volume] = [bars.high[t]!, bars.low[t]!, bars.volume[t]!];
    const wrong =
      high < low
        ? `high ${high} below low ${low}`
        : volume < 0 || volume === Infinity
          ? `volume ${volume}`
          : null;
    if (wrong !== null)
      throw new StrategyError(
        'INVALID_BARS',
        `${bars.symbol} has ${wrong} at ${new Date(time).toISOString()}; delete or correct that bar`,
      );
  }
}
