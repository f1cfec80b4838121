// The exchanges of ccxt. The package is not there in images, and is loaded by nobody else: docs/decisions/0036.
import type { Exchange } from 'ccxt';

/** What is asked of an exchange. */
export type Bourse = Pick<
  Exchange,
  'id' | 'has' | 'features' | 'timeframes' | 'markets' | 'loadMarkets' | 'fetchOHLCV' | 'fetchTime'
> & {
  /** Whether an error passes by waiting: limits, time-outs, cut connections, maintenance. */
  readonly passes: (error: unknown) => boolean;
};

/**
 * @param name as ccxt calls it, such as binance or kraken
 * @param options of ccxt's constructor, such as `{"httpsProxy": …}` or `{"hostname": …}`
 * @throws Error where ccxt is not there, or knows no such exchange
 */
export async function openExchange(
  name: string,
  options: Readonly<Record<string, unknown>>,
): Promise<Bourse> {
  const { default: ccxt } = await import('ccxt').catch((cause: unknown) => {
    throw new Error(
      'ml fetch needs the package ccxt, which is not installed here. In a checkout "npm start" or "npm test" ' +
        'installs it; of a fleet in containers call "npm run -s ml -- fetch" in the checkout, with its ports ' +
        'published (docs/operations.md, "Bots")',
      { cause },
    );
  });
  const known = ccxt.exchanges as unknown as readonly string[]; // An array, which its types call an object.
  if (!known.includes(name)) {
    const alike = known.filter((one) => one.startsWith(name.slice(0, 3)));
    throw new Error(
      `ccxt knows no exchange ${JSON.stringify(name)}` +
        (alike.length > 0 ? `: is it ${alike.join(' or ')}?` : `; it knows ${known.length}, such as binance`),
    );
  }
  type Make = new (options: object) => Exchange;
  const Made = (ccxt as unknown as Record<string, Make>)[name]!; // It has each of its exchanges by name.
  const exchange = new Made({ ...options, enableRateLimit: true });
  if (exchange.has['fetchOHLCV'] !== true)
    throw new Error(`${name} gives no bars by ccxt: take another exchange`);
  return Object.assign(exchange, { passes: (error: unknown) => error instanceof ccxt.NetworkError });
}
