// How messages word where bars are, and how more get there: the one is the fleet's own table, the other the user's.
import { isForeign, type BarSettings } from '../database/bar-table.ts';
import { barSettingsOf, type Database } from '../database/connect.ts';

export interface BarsPlace {
  /** What people call the table. */
  readonly name: string;
  /** Whether the fleet writes it, so that bars can be imported. */
  readonly own: boolean;
  /** What somebody is to do who wants bars there. */
  readonly get: (what: 'some' | 'more') => string;
}

export function barsPlace(settings: BarSettings | null): BarsPlace {
  if (settings === null || !isForeign(settings))
    return { name: 'market_data', own: true, get: (what) => `import ${what} with "ml import FILE"` };
  const { MARKET_DATA_TABLE: name } = settings;
  return { name, own: false, get: (what) => `let what fills ${name} write ${what}` };
}

/** That which a client reads bars from. */
export const barsPlaceOf = (sql: Database): BarsPlace => barsPlace(barSettingsOf(sql));

/** That a symbol has none, with those that have. */
export function noBarsWords({ name, get }: BarsPlace, symbol: string, known: readonly string[]): string {
  const others = known.length === 0 ? 'it is empty' : `there are bars of ${known.join(', ')}`;
  return `${symbol} has no bars in ${name} (${others}): ${get('some')}`;
}
