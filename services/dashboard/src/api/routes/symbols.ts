import {
  barsPlace,
  checkBars,
  checkJson,
  findGaps,
  listSymbolOverviews,
  overviewJson,
  overviewsOf,
  pauseJson,
  readBars,
  readCloses,
  shownSymbol,
  thinOut,
  type Gap,
} from '@ml-training/core';
import { ProblemBody } from '../../schemas/problem.ts';
import { Bars, BarsQuery, SymbolsPage, SymbolsQuery } from '../../schemas/symbols.ts';
import { createSymbolChecks } from '../symbol-checks.ts';
import { cursorOf, placeOf } from '../cursor.ts';
import { notFound } from '../problem.ts';
import type { Routes } from '../route.ts';

const tags = ['data'];
const pausesShown = 200;

/** What bars there are, and where some are missing. */
export const symbolRoutes: Routes = (api, { config, sql }) => {
  const findingsOf = createSymbolChecks(sql, config);
  api.get(
    '/api/symbols',
    {
      schema: {
        summary: 'Symbols with bars: how many, since when and until when, and where some are missing',
        tags,
        querystring: SymbolsQuery,
        response: { 200: SymbolsPage, '4xx': ProblemBody },
      },
    },
    async (request) => {
      const { limit = 50, cursor, q = '' } = request.query;
      const after = cursor === undefined ? null : String(placeOf(cursor, 1)[0]);
      const { symbols, next } = await listSymbolOverviews(sql, config, { limit, after, search: q });
      const findings = await findingsOf(symbols);
      const items = symbols.map((one, i) => ({ ...overviewJson(one), findings: [...findings[i]!] }));
      return { items, next_cursor: next === null ? null : cursorOf([next]) };
    },
  );
  api.get(
    '/api/symbols/bars',
    {
      schema: {
        summary: 'The newest bars of a symbol as a line, and what is missing between them',
        description:
          'A gap is a pause longer than one and a half steps in hours at which the symbol usually ' +
          'has bars. Nights and weekends are ' +
          'learned from the bars themselves. Where they keep the trading days of an exchange that is known ' +
          "(calendar), holidays and early closes are known; else one or two days' worth of bars that are " +
          'missing at once in a market that closes are most likely holidays, and listed apart.',
        tags,
        querystring: BarsQuery,
        response: { 200: Bars, '4xx': ProblemBody },
      },
    },
    async (request) => {
      const { symbol, bars = 5000, points = 600 } = request.query;
      const [closes, read, [overview]] = await Promise.all([
        readCloses(sql, symbol, bars),
        readBars(sql, symbol, bars),
        overviewsOf(sql, config, [symbol]),
      ]);
      const { time } = closes;
      if (time.length === 0)
        throw notFound(
          `${shownSymbol(symbol)} has no bars in ${barsPlace(config).name}; /api/symbols lists what has`,
        );
      const { step, gaps, closedDays } = findGaps(time);
      const line = thinOut(closes, points);
      const { NEGATIVE_PRICES: negative, BAR_TIMES: stamped } = config;
      const { findings } = checkJson(checkBars(read, { now: Date.now(), negative, stamped }));
      return {
        symbol,
        summary: overview === undefined ? null : overviewJson(overview),
        looked_at: { bars: time.length, from: iso(time[0]!), to: iso(time.at(-1)!) },
        step_seconds: step === null ? null : step / 1000,
        findings,
        gap_count: gaps.length,
        gaps: newestOf(gaps),
        closed_day_count: closedDays.length,
        closed_days: newestOf(closedDays),
        line: { time: line.time.map(iso), close: line.close },
      };
    },
  );
};

const iso = (ms: number): string => new Date(ms).toISOString();

const newestOf = (pauses: readonly Gap[]) => pauses.slice(-pausesShown).reverse().map(pauseJson);
