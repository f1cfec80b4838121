// What the fields of files without a header look like.
export const number = /^-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;
export const whole = /^\d+$/;
export const epoch = /^\d{9,19}$/;

/** Names of columns that most headers have. */
export const ohlc = ['open', 'high', 'low', 'close'] as const;
export const ohlcv = [...ohlc, 'volume'] as const;

/** Places of columns, where there is no header: the time first, or a day and a time of day. */
export const timeFirst = { time: 0, open: 1, high: 2, low: 3, close: 4, volume: 5 } as const;
export const dayAndClockFirst = { date: 0, time: 1, open: 2, high: 3, low: 4, close: 5, volume: 6 } as const;
