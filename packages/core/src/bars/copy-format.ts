import type { Bar } from './bar.ts';

// PostgreSQL's binary COPY format (its manual, "COPY", "Binary Format"): numbers big-endian, each field after
// its length.

export const copyHeader = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
export const copyTrailer = Buffer.from([0xff, 0xff]);

/** Midnight of 1 January 2000, where PostgreSQL's microseconds start. */
const postgresEpoch = Date.UTC(2000, 0, 1);

/**
 * Encodes bars as rows of (time timestamptz, symbol text, open, high, low, close, volume double precision)
 * and their further columns, double precision.
 */
export function encodeBars(bars: readonly Bar[]): Buffer {
  const symbols = new Map<string, Buffer>();
  let size = 0;
  for (const bar of bars) {
    let symbol = symbols.get(bar.symbol);
    if (symbol === undefined) symbols.set(bar.symbol, (symbol = Buffer.from(bar.symbol)));
    size += 2 + 12 + 4 + symbol.length + 4 * 12;
    for (const value of [bar.volume, ...(bar.further ?? [])]) size += value === null ? 4 : 12;
  }
  const out = Buffer.allocUnsafe(size);
  let at = 0;
  for (const bar of bars) {
    const symbol = symbols.get(bar.symbol)!;
    const { further = [] } = bar;
    at = out.writeInt16BE(7 + further.length, at);
    at = out.writeInt32BE(8, at);
    at = out.writeBigInt64BE(BigInt(bar.time - postgresEpoch) * 1000n, at);
    at = out.writeInt32BE(symbol.length, at);
    at += symbol.copy(out, at);
    for (const value of [bar.open, bar.high, bar.low, bar.close])
      at = out.writeDoubleBE(value, out.writeInt32BE(8, at));
    for (const value of [bar.volume, ...further])
      at = value === null ? out.writeInt32BE(-1, at) : out.writeDoubleBE(value, out.writeInt32BE(8, at));
  }
  return out;
}
