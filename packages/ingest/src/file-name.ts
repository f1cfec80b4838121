// What the name of a file tells: vendors put symbol and interval into it.

export interface NameFacts {
  readonly symbol: string;
  /** Milliseconds; null where the name says none. */
  readonly interval: number | null;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const unitsOf: Readonly<Record<string, number>> = { s: 1000, m: minute, h: hour, d: day, w: 7 * day };

/** 1m, 4h, 1d, 1w, as crypto exchanges write it; null for months, which have no one length. */
const shortInterval = (text: string): number | null => {
  const match = /^(\d+)([smhdw])$/.exec(text);
  return match === null ? null : Number(match[1]) * unitsOf[match[2]!]!;
};

const metaTrader: Readonly<Record<string, number | null>> = {
  M1: minute,
  M5: 5 * minute,
  M15: 15 * minute,
  M30: 30 * minute,
  H1: hour,
  H4: 4 * hour,
  D1: day,
  Daily: day,
  W1: 7 * day,
  Weekly: 7 * day,
  MN1: null,
  Monthly: null,
};
const metaTraderMinutes = ['1', '5', '15', '30', '60', '240', '1440', '10080', '43200'];

type Parts = readonly (string | undefined)[];
interface NameRule {
  readonly pattern: RegExp;
  readonly facts: (parts: Parts) => NameFacts;
}

const rules: readonly NameRule[] = [
  // HistData: DAT_ASCII_EURUSD_M1_2024.csv
  {
    pattern: /^DAT_[A-Z]+_([A-Z0-9]+)_(M1|T)_\d{4,6}$/i,
    facts: ([, symbol]) => ({ symbol: symbol!.toUpperCase(), interval: minute }),
  },
  // Binance: BTCUSDT-1h-2024-01.csv, BTCUSDT-1h-2024-01-31.csv
  {
    pattern: /^([A-Z0-9_]+)-(\d+(?:[smhdw]|mo))-\d{4}-\d{2}(?:-\d{2})?$/,
    facts: ([, symbol, interval]) => ({ symbol: symbol!, interval: shortInterval(interval!) }),
  },
  // freqtrade: BTC_USDT-1h.feather, BTC_USDT_USDT-1h-futures.feather
  {
    pattern: /^([A-Za-z0-9]+)_([A-Za-z0-9]+)(?:_([A-Za-z0-9]+))?-(\d+[smhdwM])(?:-(?:futures|spot))?$/,
    facts: ([, base, quoted, settle, interval]) => ({
      symbol: `${base}/${quoted}${settle === undefined ? '' : `:${settle}`}`,
      interval: shortInterval(interval!),
    }),
  },
  // MetaTrader 5: EURUSD_H1.csv, EURUSD_H1_202401020000_202401312300.csv
  {
    pattern: /^(.+?)_(M1|M5|M15|M30|H1|H4|D1|Daily|W1|Weekly|MN1|Monthly)(?:_\d{8,12}_\d{8,12})?$/,
    facts: ([, symbol, interval]) => ({ symbol: symbol!, interval: metaTrader[interval!] ?? null }),
  },
  // Kraken: XBTUSD_60.csv
  {
    pattern: /^([A-Z0-9.]+)_(\d{1,5})$/,
    facts: ([, symbol, minutes]) => ({ symbol: symbol!, interval: Number(minutes) * minute }),
  },
  // MetaTrader 4: EURUSD60.csv, XAUUSD.m1440.csv
  {
    pattern: new RegExp(`^([A-Z]{6}(?:[.#_-]?[a-z]*))(${metaTraderMinutes.join('|')})$`),
    facts: ([, symbol, minutes]) => ({
      symbol: symbol!,
      interval: minutes === '43200' ? null : Number(minutes) * minute,
    }),
  },
  // Dukascopy: EURUSD_Candlestick_15_M_BID_01.01.2024-31.01.2024.csv, of JForex "EURUSD_15 Mins_Bid_2024.01.01_2024.01.31.csv"
  {
    pattern: /^([A-Z0-9.]+)_(?:Candlestick_)?(\d+)[_ ](s|m|h|d|w)[a-z]*_(?:BID|ASK)(?:_[\d.]+[-_][\d.]+)?$/i,
    facts: ([, symbol, count, unit]) => ({
      symbol: symbol!.toUpperCase(),
      interval: shortInterval(`${count}${unit!.toLowerCase()}`),
    }),
  },
  // TradingView: "NASDAQ_AAPL, 1D.csv", "BINANCE_BTCUSDT, 60_1a2b3.csv"
  {
    pattern: /^[A-Z0-9]+_(.+), (\d+)([SDWM]?)(?:[_ ].*)?$/,
    facts: ([, symbol, count, unit]) => ({
      symbol: symbol!,
      interval: unit === 'M' ? null : Number(count) * (unit === '' ? minute : unitsOf[unit!.toLowerCase()]!),
    }),
  },
  // Alpha Vantage: daily_IBM.csv, intraday_5min_IBM.csv
  {
    pattern: /^(?:(?:daily|weekly|monthly)(?:_adjusted)?|intraday_(\d+)min)_(.+)$/,
    facts: ([, minutes, symbol]) => ({
      symbol: symbol!,
      interval: minutes === undefined ? null : Number(minutes) * minute,
    }),
  },
  // Stooq: aapl_us_d.csv, eurusd_d.csv
  {
    pattern: /^([a-z0-9.^-]+)(?:_([a-z]{2}))?_([dwmqy])$/,
    facts: ([, symbol, market, interval]) => ({
      symbol: `${symbol}${market === undefined ? '' : `.${market}`}`.toUpperCase(),
      interval: interval === 'd' ? day : null,
    }),
  },
  // CryptoDataDownload: Binance_BTCUSDT_1h.csv, Kraken_BTCUSD_d.csv
  {
    pattern: /^[A-Z][A-Za-z]+_([A-Z0-9]+)_(\d*[a-z]+)$/,
    facts: ([, symbol, interval]) => ({
      symbol: symbol!,
      interval: shortInterval(interval === 'd' ? '1d' : interval === 'minute' ? '1m' : interval!),
    }),
  },
  // The symbol with an interval: BTC-USD_1h.csv, AAPL-5m.csv
  {
    pattern: /^([A-Z0-9.^=-]*[A-Z][A-Z0-9.^=-]*)[-_](\d+[smhdw])$/,
    facts: ([, symbol, interval]) => ({ symbol: symbol!, interval: shortInterval(interval!) }),
  },
  // The symbol alone: AAPL.csv, BTC-USD.csv, ^GSPC.csv. In capitals, as data.csv is no symbol.
  {
    pattern: /^([A-Z0-9.^=&-]{1,20})$/,
    facts: ([, symbol]) => ({ symbol: symbol!, interval: null }),
  },
];

const noSymbols =
  /^(DATA|BARS|PRICES?|EXPORT|DOWNLOAD|HISTORY|HISTORICAL|OHLCV?|CANDLES?|KLINES?|CSV|TABLE|FILE|TEST|[\d.-]+)$/;

/** @returns null where the name is of none of the kinds that are known */
export function factsOfName(name: string): NameFacts | null {
  const stem = name
    .replace(/\.(csv|txt|tsv|json|feather|arrow|parquet|pq|data)$/i, '')
    .replace(/ ?\(\d+\)$/, '');
  for (const { pattern, facts } of rules) {
    const match = pattern.exec(stem);
    if (match !== null && !noSymbols.test(facts(match).symbol)) return facts(match);
  }
  return null;
}
