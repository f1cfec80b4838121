import { checkJson, refuseForeign, type DataCheck } from '@ml-training/core';
import { openExchange } from '../fetch/ccxt.ts';
import { fetchBars, type Fetched } from '../fetch/fetch-bars.ts';
import { checkOfAll, findingLines } from '../findings.ts';
import { momentOf } from '../moment.ts';
import { print, printJson, statusLine, when } from '../output.ts';
import { withDatabase } from '../servers.ts';

interface Options {
  readonly exchange: string;
  readonly interval: string;
  readonly since?: string;
  readonly exchangeOptions: Readonly<Record<string, unknown>>;
  readonly json?: true;
}

/**
 * Fetches bars of symbols from a crypto exchange, those that are not there yet.
 * @throws Error where ccxt is missing, the exchange doesn't know the symbol, or doesn't answer for long; FleetError
 *   for bars that the checks of an import refuse
 */
export async function fetchSymbols(symbols: readonly string[], options: Options): Promise<void> {
  const { exchange: name, interval, since, exchangeOptions } = options;
  const from = since === undefined ? null : momentOf('--since', since, new Date()).getTime();
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () =>
      stop.abort(new Error('stopped; the same command goes on from what was stored')),
    );
  const exchange = await openExchange(name, exchangeOptions);
  await withDatabase(async (sql, config) => {
    refuseForeign(sql, '"ml fetch"');
    const fetched: object[] = [];
    for (const symbol of symbols) {
      const checks: DataCheck[] = [];
      const line = statusLine();
      try {
        const one = await fetchBars(
          {
            sql,
            exchange,
            check: config,
            onChecked: (one) => checks.push(one),
            stopping: stop.signal,
            onProgress: ({ bars, at }) => line.show(`${symbol}: ${bars} bars, ${when(new Date(at))} UTC`),
            onRetry: (reason, ms) =>
              line.show(`${symbol}: ${name} says ${reason}; again in ${Math.ceil(ms / 1000)} s`),
          },
          { symbol, interval, since: from },
        );
        const check = checkOfAll(checks);
        fetched.push({ ...one, data_check: check === null ? null : checkJson(check) });
        line.end();
        if (options.json !== true) print(inWords(one));
      } catch (error) {
        line.end();
        throw error;
      } finally {
        // Of what was stored before a failure as well.
        const { findings = [] } = checkOfAll(checks) ?? {};
        if (options.json !== true) for (const words of findingLines(findings)) print(words);
      }
    }
    if (options.json === true) printJson(fetched);
  });
}

const inWords = ({ symbol, inserted, revised, from, to }: Fetched): string =>
  from === null
    ? `${symbol}: nothing new`
    : `${symbol}: ${inserted} new bars${revised > 0 ? `, ${revised} revised` : ''}, ` +
      `${when(from)} to ${when(to)} UTC`;
