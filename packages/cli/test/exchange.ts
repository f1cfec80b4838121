import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const hour = 3_600_000;

/** What the next request for bars meets, whatever it asks for. */
type Fault = 'none' | 'limit' | 'unavailable' | 'cut' | 'stall';

/**
 * A server that speaks as much of Binance's REST as bars take: exchangeInfo, time and klines. BTCUSDT is traded since
 * `listed`; the bar of this hour is still running.
 */
export async function startExchange(listed: number) {
  const faults: Fault[] = [];
  const asked: number[] = [];
  const odd = new Map<number, Prices | null>();
  let stalled: () => void = () => undefined;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    if (url.pathname === '/api/v3/exchangeInfo') send(response, 200, exchangeInfo);
    else if (url.pathname === '/api/v3/time') send(response, 200, { serverTime: Date.now() });
    else if (url.pathname === '/api/v3/klines') klines(url.searchParams, request, response);
    else send(response, 404, { code: -1, msg: 'no such path' });
  });
  const klines = (query: URLSearchParams, request: IncomingMessage, response: ServerResponse): void => {
    const since = Number(query.get('startTime'));
    asked.push(since);
    const fault = faults.shift();
    if (fault === 'limit') send(response, 429, { code: -1003, msg: 'Too many requests.' });
    else if (fault === 'unavailable') send(response, 503, 'Service Unavailable');
    else if (fault === 'cut') request.socket.destroy();
    else if (fault === 'stall') stalled();
    else send(response, 200, barsSince(Math.max(since, listed), Number(query.get('limit')), odd));
  };
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    /** For ccxt's constructor. */
    options: JSON.stringify({
      urls: { api: { public: `http://127.0.0.1:${port}/api/v3` } },
      options: { fetchMarkets: { types: ['spot'] } },
    }),
    faults,
    /** Hours whose bars are others than usual, or missing. */
    odd,
    /** Since when bars were asked for, each time. */
    asked,
    /** Settles when a request meets `stall`. */
    stalled: (): Promise<void> => new Promise((resolve) => (stalled = resolve)),
    end: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The price of an hour, the same whenever it is asked for. */
export const closeOf = (time: number): number => 20_000 + ((time / hour) % 1000);

/** Open, high, low and close. */
type Prices = readonly [number, number, number, number];

function barsSince(since: number, limit: number, odd: ReadonlyMap<number, Prices | null>): unknown[] {
  const bars: unknown[] = [];
  for (let time = Math.ceil(since / hour) * hour; time <= Date.now() && bars.length < limit; time += hour) {
    const close = closeOf(time);
    const prices = odd.get(time);
    if (prices === null) continue;
    const shown = (prices ?? [close, close + 5, close - 5, close]).map(String);
    bars.push([time, ...shown, '12.5', time + hour - 1, '0', 10, '0', '0', '0']);
  }
  return bars;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

const exchangeInfo = {
  timezone: 'UTC',
  serverTime: 0,
  rateLimits: [],
  exchangeFilters: [],
  symbols: [
    {
      symbol: 'BTCUSDT',
      status: 'TRADING',
      baseAsset: 'BTC',
      baseAssetPrecision: 8,
      quoteAsset: 'USDT',
      quotePrecision: 8,
      quoteAssetPrecision: 8,
      orderTypes: ['LIMIT', 'MARKET'],
      isSpotTradingAllowed: true,
      isMarginTradingAllowed: false,
      filters: [
        { filterType: 'PRICE_FILTER', minPrice: '0.01', maxPrice: '1000000', tickSize: '0.01' },
        { filterType: 'LOT_SIZE', minQty: '0.00001', maxQty: '9000', stepSize: '0.00001' },
      ],
      permissions: ['SPOT'],
    },
  ],
};
