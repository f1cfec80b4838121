import { Type, type Static } from 'typebox';
import { MaybeNumber, MaybeText, page, paging, StrategyType, Time } from './common.ts';

/** PostgreSQL's text has no such character. */
const noNul = '^[^\\u0000]*$';

export const SymbolsQuery = Type.Object({
  ...paging,
  q: Type.Optional(
    Type.String({ maxLength: 64, pattern: noNul, description: 'part of the name, in any case of letters' }),
  ),
});

const symbolBars = {
  symbol: Type.String(),
  first_bar: Time,
  last_bar: Time,
  future_bars: Type.Boolean({
    description: 'whether there are bars of the day after tomorrow or later, which nothing uses',
  }),
  bars: Type.Integer({ minimum: 0 }),
  bars_exact: Type.Boolean({ description: 'false where there are so many that they were estimated' }),
  age_seconds: Type.Number({ description: 'since the newest bar' }),
  step_seconds: Type.Union([Type.Number(), Type.Null()], {
    description: 'the usual time from one bar to the next',
  }),
  gaps: Type.Integer({
    description: 'pauses in hours that usually have bars, in the newest bars that were looked at',
  }),
  missing_bars: Type.Integer({ description: 'bars that would usually be in those gaps' }),
  closed_days: Type.Integer({
    description: "pauses of one or two days' worth of bars: most likely holidays",
  }),
  calendar: Type.Union([Type.String(), Type.Null()], {
    description: 'exchange whose trading days the bars keep, such as NYSE; null where they show none',
  }),
  quiet: Type.Boolean({
    description:
      'whether bars come of it no more, as of one that is delisted: not trained again until one comes',
  }),
  looked_at: Type.Object({ bars: Type.Integer(), from: Time }),
  trainable: Type.Boolean(),
  not_trained_because: MaybeText,
  models: Type.Array(StrategyType, { description: 'strategies with a model of it in use' }),
};
const SymbolBars = Type.Object(symbolBars);

const kind = Type.String({ description: 'docs/data.md says what each means' });

export const SymbolsPage = page(
  Type.Object({
    ...symbolBars,
    findings: Type.Array(
      Type.Object({
        kind,
        word: Type.String({ description: 'what it is in a word or two' }),
        severity: Type.Integer({
          minimum: 1,
          maximum: 3,
          description:
            "3: bars that can't be right, 2: prices or volumes that look wrong, 1: bars that are missing or not ready",
        }),
        words: Type.String(),
      }),
      {
        description:
          'what the data check finds in the newest 1,000 bars, the worst first; as it was up to 10 minutes ago ' +
          'where no bar has come since. That those of a quiet symbol are old is left out',
      },
    ),
  }),
);

export const BarsQuery = Type.Object({
  symbol: Type.String({ minLength: 1, maxLength: 200, pattern: noNul }),
  bars: Type.Optional(
    Type.Integer({ minimum: 2, maximum: 20_000, default: 5000, description: 'newest bars to look at' }),
  ),
  points: Type.Optional(
    Type.Integer({ minimum: 10, maximum: 2000, default: 600, description: 'most points of the line' }),
  ),
});

const Pause = Type.Object({
  from: Type.String({ format: 'date-time', description: 'the bar before' }),
  to: Type.String({ format: 'date-time', description: 'the bar after' }),
  missing_bars: Type.Integer(),
});

const Finding = Type.Object({
  kind,
  time: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
    description: "of the newest such bar; null of PostgreSQL's infinity",
  }),
  row: Type.Integer({ description: 'its place among the bars looked at, from 1' }),
  count: Type.Integer(),
  words: Type.String(),
});

export const Bars = Type.Object({
  symbol: Type.String(),
  summary: Type.Union([SymbolBars, Type.Null()], { description: 'as in /api/symbols' }),
  looked_at: Type.Object({ bars: Type.Integer(), from: Time, to: Time }),
  step_seconds: MaybeNumber,
  findings: Type.Array(Finding, { description: 'what the data check finds in them, a kind each' }),
  gap_count: Type.Integer(),
  gaps: Type.Array(Pause, { description: 'the newest 200, newest first' }),
  closed_day_count: Type.Integer(),
  closed_days: Type.Array(Pause, { description: 'the newest 200, newest first' }),
  line: Type.Object(
    { time: Type.Array(Time), close: Type.Array(Type.Number()) },
    { description: 'closes, thinned out to the lowest and highest of each stretch' },
  ),
});
export type Bars = Static<typeof Bars>;
